// The inline script of a list page. The server fills in SCRIPT and WASM, and takes comments and
// indentation away. `fail` is in failure.js.
import init, { hydrate } from "SCRIPT";
// What another program shares is in the field already, unless this is the kept page: `share.rs` has the
// same rule. A reload must not share it again.
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
// In tasks of its own, so that the browser may answer somebody in between. The last one ends when the page is alive.
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
