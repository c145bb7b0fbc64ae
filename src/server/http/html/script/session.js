// Hides a page after its session has ended. A browser restores pages from the back/forward cache without a request to
// the server. This script depends on no other file, so that it works even if the module does not load. The server
// removes comments and indentation.
{
  const session = () => {
    try {
      return /\btodo-list-session=\w+/.exec(document.cookie)?.[0];
    } catch {
      // The browser gives no cookies to this page, so there is no session.
    }
  };
  // The session in which the page was opened; undefined if the server requires no password.
  const opened = session();
  const { style } = document.documentElement;
  let focused;
  // `visibility` preserves the height of the page, and so its scroll position.
  const hide = () => (style.visibility = "hidden");
  // Requests the page again; the server redirects to the page to sign in. `location.reload` would submit a form again.
  const leave = () => {
    hide();
    location.replace(location.pathname + location.search);
  };
  // In another tab, the person may have signed out, or another person may have signed in.
  const check = () => opened && session() !== opened && leave();
  addEventListener("focus", check);
  // The module dispatches this event when the server has rejected its session.
  addEventListener("session", check);
  // A page that becomes hidden may be about to navigate to the page to sign in.
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
      // Without a response, only the cookie decides: Back continues to work without a network.
      const limit = new AbortController();
      setTimeout(() => limit.abort(), 1000);
      const response = await fetch("/session", { cache: "no-store", signal: limit.signal });
      answer = await response.text();
    } catch {}
    if (answer === "signed out" || session() !== opened) return leave();
    style.visibility = "";
    focused.focus({ preventScroll: true });
  });
}
