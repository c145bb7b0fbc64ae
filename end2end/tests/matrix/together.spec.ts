// Three people with three browsers and many failures at once.
import { expect, test } from '../../support/fixtures.ts';
import { Profile } from '../../support/profile.ts';
import { FIRST, KEPT, OFFLINE, SAVED, SECOND, type TodoPage } from '../../support/todo-page.ts';

test.use({ noisy: true, durable: true });

test('three browsers end with the same list and every typed text after one was offline, one was killed, and the server was killed twice', async ({
  server,
  playwright,
  launchOptions,
}) => {
  const profiles = ['Anna', 'Ben', 'Cleo'].map(() => new Profile(playwright.chromium, { ...launchOptions, baseURL: server.url }));
  const [anna, firstOfBen, cleo] = await Promise.all(profiles.map((profile) => profile.open()));
  let ben: TodoPage = firstOfBen;

  for (const [name, todo] of Object.entries({ Anna: anna, Ben: ben, Cleo: cleo })) {
    await todo.add(`${name} was here`);
    await expect.poll(() => server.items()).toContain(`${name} was here`);
  }
  for (const todo of [anna, ben, cleo]) await todo.expectAdded('Anna was here', 'Ben was here', 'Cleo was here');

  // Anna is offline.
  await anna.page.context().setOffline(true);
  await anna.add('Anna offline');
  await anna.rename(FIRST, 'Anna has built it');
  await anna.complete('Ben was here');
  await anna.rename('Cleo was here', 'Anna knows better');
  await anna.move('Anna offline', 'to top');
  await anna.add('Anna again');
  await anna.expectStatus(KEPT);

  // Ben and Cleo continue until the server is killed.
  await ben.rename(SECOND, 'Ben has connected it');
  await expect(cleo.row('Ben has connected it')).toBeVisible();
  await cleo.remove('Cleo was here');
  await expect(ben.row('Cleo was here')).toHaveCount(0);
  await server.kill();
  await ben.expectStatus(OFFLINE);
  await ben.add('Ben without a server');
  await ben.rename('Ben was here', 'Ben is still here');
  await ben.expectStatus(KEPT);
  await cleo.add('Cleo without a server');
  await cleo.complete('Anna was here');
  await cleo.expectStatus(KEPT);

  // Ben's browser is killed.
  await ben.stored();
  await profiles[1].kill();
  await server.start();
  await cleo.expectStatus(SAVED);
  await expect.poll(() => cleo.stored()).toBe(0);
  await cleo.add('Cleo with a server');
  await expect.poll(() => server.items()).toContain('Cleo with a server');

  // Ben's browser starts again, the server is killed again, and Anna is back online.
  ben = await profiles[1].open();
  await expect(ben.row('Ben without a server')).toBeVisible();
  await server.kill();
  await ben.add('Ben once more');
  await anna.page.context().setOffline(false);
  await anna.add('Anna online');
  await server.start();

  // Cleo has removed the item that Anna has renamed. The page tells Anna, and she brings it back.
  await expect(anna.unsent.locator('q')).toHaveText('Anna knows better');
  await anna.page.getByRole('button', { name: 'Bring it back' }).click();
  await expect(anna.unsent).toHaveCount(0);

  for (const todo of [anna, ben, cleo]) {
    await expect.poll(() => todo.stored()).toBe(0);
    await todo.expectStatus(SAVED);
  }
  const typed = [
    'Anna offline',
    'Anna has built it',
    'Anna knows better',
    'Anna was here',
    'Anna again',
    'Anna online',
    'Ben has connected it',
    'Ben is still here',
    'Ben without a server',
    'Ben once more',
    'Cleo without a server',
    'Cleo with a server',
  ];
  const items = await server.items();
  expect(items.toSorted()).toEqual(typed.toSorted());
  expect(items[0]).toBe('Anna offline');
  // The items of one person are in the order of typing.
  for (const added of [
    ['Anna was here', 'Anna again', 'Anna online'],
    ['Ben is still here', 'Ben without a server', 'Ben once more'],
    ['Cleo without a server', 'Cleo with a server'],
  ]) {
    expect(items.filter((title) => added.includes(title))).toEqual(added);
  }
  for (const todo of [anna, ben, cleo]) {
    await todo.expectTitles(...items);
    await expect(todo.unsent).toHaveCount(0);
    for (const title of ['Ben is still here', 'Anna was here']) await expect(todo.checkbox(title)).toBeChecked();
    await todo.expectLeft(items.length - 2);
  }
  expect((await server.completed()).toSorted()).toEqual(['Anna was here', 'Ben is still here']);
  for (const profile of profiles) await profile.discard();
});
