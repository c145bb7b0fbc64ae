// The same page by React: one reducer, rows that are drawn only when their item is another one.
const { createElement: h, Fragment, memo, useCallback, useEffect, useMemo, useReducer, useState } = React;

const newItem = (title) => ({ id: crypto.randomUUID(), title, completed: false });
const initial = ['Build the front-end', 'Connect to the back-end'].map(newItem);

function reduce(items, action) {
  switch (action.do) {
    case 'add':
      return [...items, newItem(action.title)];
    case 'complete':
      return items.map((item) => (item.id === action.id ? { ...item, completed: action.completed } : item));
    case 'completeAll':
      return items.map((item) => (item.completed === action.completed ? item : { ...item, completed: action.completed }));
    case 'remove':
      return items.filter((item) => item.id !== action.id);
    case 'clear':
      return items.filter((item) => !item.completed);
  }
}

const Row = memo(function Row({ item: { id, title, completed }, dispatch }) {
  const onClick = (event) => {
    event.preventDefault();
    dispatch({ do: 'remove', id });
  };
  const stay = (event) => event.preventDefault();
  return h('li', { 'data-testid': 'todo-item', className: completed ? 'completed' : '' },
    h('form', { className: 'view', method: 'post', autoComplete: 'off' },
      h('input', { type: 'hidden', name: 'item', value: id }),
      h('button', { name: 'do', value: completed ? 'open' : 'complete', className: 'check', role: 'checkbox', 'aria-checked': completed, 'aria-labelledby': id, onClick: stay }),
      h('input', { className: 'toggle', type: 'checkbox', checked: completed, 'aria-labelledby': id, onChange: (event) => dispatch({ do: 'complete', id, completed: event.target.checked }) }),
      h('label', { id, 'data-testid': 'todo-title', dir: 'auto' }, title),
      h('button', { name: 'do', value: 'edit', className: 'icon more', 'aria-label': 'Edit or move', onClick: stay }),
      h('button', { name: 'do', value: 'remove', className: 'icon destroy', 'aria-label': 'Remove', onClick })));
});

const VIEWS = { '#/': 'All', '#/active': 'Active', '#/completed': 'Completed' };

function useView() {
  const read = () => (location.hash in VIEWS ? location.hash : '#/');
  const [view, show] = useState(read);
  useEffect(() => {
    const follow = () => show(read());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return view;
}

function App() {
  const [items, dispatch] = useReducer(reduce, initial);
  const view = useView();
  const left = useMemo(() => items.filter((item) => !item.completed).length, [items]);
  const shown = useMemo(
    () => (view === '#/' ? items : items.filter((item) => item.completed === (view === '#/completed'))),
    [items, view],
  );
  const add = useCallback((event) => {
    event.preventDefault();
    const field = event.target.elements.title;
    const title = field.value.trim();
    if (!title) return;
    field.value = '';
    dispatch({ do: 'add', title });
    requestAnimationFrame(() => window.scrollTo(0, document.documentElement.scrollHeight));
  }, []);
  return h(Fragment, null,
    h('div', { className: 'card' },
      h('section', { className: 'main', 'aria-label': 'Items', hidden: items.length === 0 },
        h('p', { className: 'all' },
          h('input', { id: 'toggle-all', className: 'toggle-all', type: 'checkbox', checked: items.length > 0 && left === 0, onChange: (event) => dispatch({ do: 'completeAll', completed: event.target.checked }) }),
          h('label', { htmlFor: 'toggle-all' }, 'Mark all as complete')),
        h('ul', { id: 'item-list', className: 'todo-list' }, shown.map((item) => h(Row, { key: item.id, item, dispatch })))),
      h('p', { className: 'empty', role: 'status', hidden: shown.length > 0 }, items.length === 0 ? 'Nothing to do. Enjoy the day, or add something.' : 'Nothing to show.'),
      h('footer', { className: 'footer', hidden: items.length === 0 },
        h('span', { className: 'todo-count', role: 'status' }, h('strong', null, left), h('span', null, left === 1 ? ' item left' : ' items left')),
        h('ul', { className: 'filters' }, Object.entries(VIEWS).map(([href, name]) =>
          h('li', { key: href }, h('a', { href, className: href === view ? 'selected' : '', 'aria-current': href === view ? 'page' : undefined }, name)))),
        h('button', { type: 'button', className: 'quiet clear-completed', hidden: left === items.length, onClick: () => dispatch({ do: 'clear' }) }, 'Clear completed'))),
    h('section', { className: 'composer', 'aria-labelledby': 'add-item-heading' },
      h('div', { className: 'heading' }, h('h2', { id: 'add-item-heading' }, 'Add a New Item')),
      h('form', { id: 'add-item-form', onSubmit: add },
        h('input', { id: 'item-input', className: 'new-todo', type: 'text', name: 'title', placeholder: 'What needs to be done?', 'aria-labelledby': 'add-item-heading', autoComplete: 'off', required: true }),
        h('button', { type: 'submit' }, 'Add Item'))));
}

ReactDOM.createRoot(document.querySelector('#live')).render(h(App));
