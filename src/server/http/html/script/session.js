// Hides a page once its session is over. Browsers keep whole pages and bring them back with Back and Forward, without
// asking the server (the back/forward cache). This script depends on no other file: it works where the module does
// not arrive. The server takes comments and indentation away.
{
  const session = () => /\btodo-list-session=\w+/.exec(document.cookie)?.[0];
  // The session that the page was opened in; none where nobody has to sign in.
  const opened = session();
  const { style } = document.documentElement;
  let focused;
  // `visibility`, so that the page keeps its length, and with it the place that it is scrolled to.
  const hide = () => (style.visibility = "hidden");
  // Asks the server for the page, which sends to the page to sign in. Not by `reload`: that would post a form again.
  const leave = () => {
    hide();
    location.replace(location.pathname + location.search);
  };
  // Another page of this browser may have signed out, or somebody else in.
  const check = () => opened && session() !== opened && leave();
  addEventListener("focus", check);
  // The module asks for this when the server has turned it away.
  addEventListener("session", check);
  // A page that is hidden may be on its way out, to the page to sign in.
  addEventListener("visibilitychange", () => document.hidden || check());
  addEventListener("pagehide", () => {
    if (!opened) return;
    focused = document.activeElement;
    hide();
  });
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted || !opened) return;
    let answer;
    try {
      // Without an answer the cookie is all there is to go by: without a network Back goes on working.
      const response = await fetch("/session", { cache: "no-store", signal: AbortSignal.timeout(1000) });
      answer = await response.text();
    } catch {}
    if (answer === "signed out" || session() !== opened) return leave();
    style.visibility = "";
    focused.focus({ preventScroll: true });
  });
}
