// Shows that the console itself does not respond, and loads the page anew once it does.
"use strict";
let lost = false;
document.addEventListener("htmx:sseError", () => {
  lost = true;
  document.getElementById("lost").hidden = false;
});
document.addEventListener("htmx:sseOpen", () => {
  if (lost) location.reload();
});
