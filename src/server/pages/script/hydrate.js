// The inline script of a list page. The server fills in SCRIPT and WASM, and takes comments and
// indentation away.
import init, { hydrate } from "SCRIPT";
await init({ module_or_path: "WASM" });
hydrate();
