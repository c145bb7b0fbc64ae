// The floor: a list by hand, with as little work for each event as there can be.
const find = (selector) => document.querySelector(selector);
const list = find('#item-list');
const field = find('#item-input');
const template = find('template').content.firstElementChild;
const [number, words] = find('.todo-count').children;
const links = [...document.querySelectorAll('.filters a')];

/** The items by their id, in order: title, completed, row. */
const items = new Map();
let left = 0;
let view = '#/';

const isShown = (item) => view === '#/' || item.completed === (view === '#/completed');

function add(title) {
  const id = crypto.randomUUID();
  const row = template.cloneNode(true);
  const [hidden, check, toggle, label] = row.firstElementChild.children;
  hidden.value = id;
  label.id = id;
  label.textContent = title;
  check.setAttribute('aria-labelledby', id);
  toggle.setAttribute('aria-labelledby', id);
  const item = { title, completed: false, row };
  items.set(id, item);
  left += 1;
  if (isShown(item)) list.append(row);
}

function complete(item, completed) {
  if (item.completed === completed) return;
  item.completed = completed;
  left += completed ? -1 : 1;
  const [, check, toggle] = item.row.firstElementChild.children;
  item.row.className = completed ? 'completed' : '';
  check.value = completed ? 'open' : 'complete';
  check.setAttribute('aria-checked', completed);
  toggle.checked = completed;
  if (!isShown(item)) item.row.remove();
}

function remove(id) {
  const item = items.get(id);
  items.delete(id);
  if (!item.completed) left -= 1;
  item.row.remove();
}

/** What follows from the items, after every event. */
function follow() {
  number.textContent = left;
  words.textContent = left === 1 ? ' item left' : ' items left';
  find('.main').hidden = find('.footer').hidden = items.size === 0;
  find('#toggle-all').checked = items.size > 0 && left === 0;
  find('.clear-completed').hidden = left === items.size;
  const empty = find('.empty');
  empty.hidden = list.firstChild !== null;
  if (!empty.hidden) empty.textContent = items.size === 0 ? 'Nothing to do. Enjoy the day, or add something.' : 'Nothing to show.';
}

const idOf = (element) => element.form.elements.namedItem('item').value;

find('#add-item-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const title = field.value.trim();
  if (!title) return;
  field.value = '';
  add(title);
  follow();
  requestAnimationFrame(() => window.scrollTo(0, document.documentElement.scrollHeight));
});
list.addEventListener('change', ({ target }) => {
  complete(items.get(idOf(target)), target.checked);
  follow();
});
list.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  event.preventDefault();
  if (button.value === 'remove') remove(idOf(button));
  follow();
});
find('#toggle-all').addEventListener('change', ({ target }) => {
  for (const item of items.values()) complete(item, target.checked);
  follow();
});
find('.clear-completed').addEventListener('click', () => {
  for (const [id, item] of items) if (item.completed) remove(id);
  follow();
});
window.addEventListener('hashchange', () => {
  view = location.hash || '#/';
  for (const link of links) {
    const isSelected = link.hash === view;
    link.className = isSelected ? 'selected' : '';
    link.toggleAttribute('aria-current', isSelected);
  }
  list.replaceChildren(...[...items.values()].filter(isShown).map((item) => item.row));
  follow();
});

add('Build the front-end');
add('Connect to the back-end');
follow();
