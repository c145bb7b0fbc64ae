// The part of the inline script for pages that open without a network. It registers the service worker and offers to
// reload the page for a new version. The server replaces VERSION with the version of the worker.
const workers = navigator.serviceWorker;
if (workers) {
  const offer = document.getElementById("update");
  let registration;
  let checked = Date.now();
  // At the first installation no worker is active, so the new one does not wait.
  const ask = (worker) => registration.active && worker?.postMessage({ version: "VERSION" });
  const watch = () => {
    const { installing, waiting } = registration;
    // The state of the worker can change before `registration.waiting` does.
    if (installing) installing.onstatechange = () => installing.state === "installed" && ask(installing);
    ask(waiting);
  };
  workers.addEventListener("message", (event) => {
    if (event.data?.offer) offer.hidden = false;
  });
  // Another page may have activated the new version. This page reloads only when its own button is pressed.
  offer.lastElementChild.onclick = () => {
    const reload = () => location.reload();
    if (!registration.waiting) return reload();
    workers.addEventListener("controllerchange", reload);
    registration.waiting.postMessage("update");
    // The active worker may be busy, which delays the change. The network has the page of the new version anyway.
    setTimeout(reload, 3000);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || Date.now() - checked < 3600000) return;
    checked = Date.now();
    registration?.update().catch(() => {});
  });
  workers.register("/sw.js").then((found) => {
    registration = found;
    registration.onupdatefound = watch;
    watch();
  }, () => {});
}
