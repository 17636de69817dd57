/* 打印: the button is there only where scripts are; without them the browser's own menu prints. */
document.querySelectorAll("[data-print]").forEach(function (button) {
  "use strict";
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
});
