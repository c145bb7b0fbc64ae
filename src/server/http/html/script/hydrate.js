// The inline script of a list page. The server replaces SCRIPT and WASM, and removes comments and indentation. `fail`
// is defined in failure.js.
import init, { hydrate } from "SCRIPT";
// The server has put the shared text into the field, unless the service worker has responded with the cached page.
// `share.rs` has the same rule. A reload must not share the text again.
if (location.pathname === "/share") {
  const query = new URLSearchParams(location.search);
  const read = (name) => (query.get(name) ?? "").replace(/[\p{White_Space}\p{Cc}]+/gu, " ").replace(/^ | $/g, "");
  const text = read("text");
  const link = read("url") || (/^https?:[^ ]*$/.test(text) ? text : "");
  const words = (text !== link && text) || read("title");
  const shared = words.includes(link) ? words : `${words} ${link}`;
  document.getElementById("item-input").value ||= [...shared.replace(/^ /, "")].slice(0, 500).join("");
  history.replaceState(null, "", "/");
}
// Separate tasks, so that the browser can handle input between them. The last task ends when the page is hydrated.
const task = () => new Promise((done) => setTimeout(done));
try {
  await init({ module_or_path: "WASM" });
  await task();
  hydrate();
} catch (error) {
  console.error(error);
  fail();
}
await task();
