// On a phone, Streamlit's sidebar covers the page and stays open when a page was chosen in its menu.
// This closes it.

const NARROW = matchMedia("(max-width: 768px)"); // below this width Streamlit covers the page

function close(event) {
  if (!NARROW.matches || !event.target.closest?.('[data-testid="stSidebarNavLink"]')) return;
  // The link acts first.
  setTimeout(() => document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click());
}

export default function ({ parentElement }) {
  document.addEventListener("click", close);
  return () => {
    if (!parentElement.isConnected) document.removeEventListener("click", close);
  };
}
