// Leaves the page to its forms once the WASM module has failed: by a panic, by a trap (out of memory, stack overflow), or
// by an exception that its glue throws through it. Nothing in the module's memory can be relied on then.
let failed = false;
// What outlives a failure of the module unless it is closed here. `src/browser/dom/live.rs` fills it in.
const resources = (globalThis.moduleResources = {});
const fail = () => {
  if (failed) return;
  failed = true;
  resources.stream?.close();
  resources.releaseLead?.();
  const page = document.documentElement;
  // The controls of the forms come back, and what only the module could answer goes.
  delete page.dataset.hydrated;
  page.dataset.failed = "";
  // The module has opened this editor: its form does not know yet for which item.
  const row = document.querySelector(".edit")?.closest("li");
  if (row) {
    const [item, was] = document.getElementById("edit-form").children;
    item.value = row.querySelector("[name=item]").value;
    was.value = row.querySelector("label").textContent;
  }
  const message = document.getElementById("failure");
  message.hidden = false;
  // Not by `reload`: on a page that a form has led to, that would post the form again.
  message.lastElementChild.onclick = () => location.replace(location.pathname + location.search);
};
// Listeners, timers, promises: each of them calls the module by one of its exports. The first call that throws is the last.
const guard = (entry) => (...args) => {
  if (failed) return;
  try {
    return entry(...args);
  } catch (error) {
    fail();
    throw error;
  }
};
for (const name of ["instantiateStreaming", "instantiate"]) {
  const instantiate = WebAssembly[name];
  WebAssembly[name] = async (...source) => {
    const { instance, module } = await instantiate(...source);
    const exports = Object.entries(instance.exports).map(([key, value]) => [
      key,
      typeof value === "function" ? guard(value) : value,
    ]);
    return { instance: { exports: Object.fromEntries(exports) }, module };
  };
}
