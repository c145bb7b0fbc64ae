// Three people with three browsers, and everything goes wrong at once.
import { expect, test } from '../../support/fixtures.ts';
import { Profile } from '../../support/profile.ts';
import { FIRST, KEPT, OFFLINE, SAVED, SECOND, type TodoPage } from '../../support/todo-page.ts';

test.use({ noisy: true, durable: true });

test('Three browsers on one list, one of them pulled offline and edited, another killed, the server killed and restarted in between: all three end the same, with everything that anybody typed.', async ({
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

  // Anna's train is in a tunnel.
  await anna.page.context().setOffline(true);
  await anna.add('Anna in the tunnel');
  await anna.rename(FIRST, 'Anna has built it');
  await anna.complete('Ben was here');
  await anna.rename('Cleo was here', 'Anna knows better');
  await anna.move('Anna in the tunnel', 'to top');
  await anna.add('Anna again');
  await anna.expectStatus(KEPT);

  // Ben and Cleo go on, until the server is gone.
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

  // Ben's machine is out of power.
  await ben.stored();
  await profiles[1].kill();
  await server.start();
  await cleo.expectStatus(SAVED);
  await expect.poll(() => cleo.stored()).toBe(0);
  await cleo.add('Cleo with a server');
  await expect.poll(() => server.items()).toContain('Cleo with a server');

  // Ben comes back, the server is gone once more, and Anna's train leaves the tunnel.
  ben = await profiles[1].open();
  await expect(ben.row('Ben without a server')).toBeVisible();
  await server.kill();
  await ben.add('Ben once more');
  await anna.page.context().setOffline(false);
  await anna.add('Anna in the light');
  await server.start();

  // What Anna has made of Cleo's item was too late. She is told so, and wants it back.
  await expect(anna.unsent.locator('q')).toHaveText('Anna knows better');
  await anna.page.getByRole('button', { name: 'Bring it back' }).click();
  await expect(anna.unsent).toHaveCount(0);

  for (const todo of [anna, ben, cleo]) {
    await expect.poll(() => todo.stored()).toBe(0);
    await todo.expectStatus(SAVED);
  }
  const typed = [
    'Anna in the tunnel',
    'Anna has built it',
    'Anna knows better',
    'Anna was here',
    'Anna again',
    'Anna in the light',
    'Ben has connected it',
    'Ben is still here',
    'Ben without a server',
    'Ben once more',
    'Cleo without a server',
    'Cleo with a server',
  ];
  const items = await server.items();
  expect(items.toSorted()).toEqual(typed.toSorted());
  expect(items[0]).toBe('Anna in the tunnel');
  // What one person has added is in the order in which it was typed.
  for (const added of [
    ['Anna was here', 'Anna again', 'Anna in the light'],
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
