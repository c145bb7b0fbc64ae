// The rest of the inline script where pages open without a network: it registers the service worker,
// which the server names by VERSION, and offers a new one.
const workers = navigator.serviceWorker;
if (workers) {
  const offer = document.getElementById("update");
  let registration;
  let checked = Date.now();
  // At the first installation nothing is active yet, and nothing has to wait.
  const ask = (worker) => registration.active && worker?.postMessage({ version: "VERSION" });
  const watch = () => {
    const { installing, waiting } = registration;
    // The registration may hear later than the worker that it waits.
    if (installing) installing.onstatechange = () => installing.state === "installed" && ask(installing);
    ask(waiting);
  };
  workers.addEventListener("message", (event) => {
    if (event.data?.offer) offer.hidden = false;
  });
  // Another page may have brought the new version in; this one reloads when its own person says so.
  offer.lastElementChild.onclick = () => {
    const reload = () => location.reload();
    if (!registration.waiting) return reload();
    workers.addEventListener("controllerchange", reload);
    registration.waiting.postMessage("update");
    // The version before may be in the middle of something. The network has the page of the next one anyway.
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
