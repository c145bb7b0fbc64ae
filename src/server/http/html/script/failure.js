// Leaves the page to its forms after the WASM module has failed: by a panic, by a trap (out of memory, stack overflow),
// or by an exception that its glue code throws. Nothing in the memory of the module is reliable then.
let failed = false;
// What the module holds open. `src/browser/web/module_resources.rs` fills it in.
const resources = (globalThis.moduleResources = {});
const fail = () => {
  if (failed) return;
  failed = true;
  resources.stream?.close();
  resources.releaseLead?.();
  const page = document.documentElement;
  // Shows the controls of the forms again, and hides the controls that only the module handles.
  delete page.dataset.hydrated;
  page.dataset.failed = "";
  // The module may have opened an editor. The form of the editor does not have its item yet.
  const row = document.querySelector(".edit")?.closest("li");
  if (row) {
    const form = document.getElementById("edit-form");
    form.querySelector("[name=item]").value = row.querySelector("[name=item]").value;
    form.querySelector("[name=was]").value = row.querySelector(".edit").defaultValue;
  }
  // The next page of this tab must not show a text again that a form has submitted.
  addEventListener("submit", () => sessionStorage.removeItem("tab"));
  const message = document.getElementById("failure");
  message.hidden = false;
  // `location.reload` would submit the form again on a page that is the response to a form.
  message.lastElementChild.onclick = () => location.replace(location.pathname + location.search);
};
// Listeners, timers and promises all call the module through its exports. No call gets through after the first that
// throws.
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
