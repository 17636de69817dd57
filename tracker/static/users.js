/* 用户: "/" goes to the search box; a one-time link is copied by a button. Both work without: Tab, and select by hand. */
(function () {
  "use strict";

  function typing(target) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  }

  document.addEventListener("keydown", function (event) {
    var box = document.querySelector("[data-find]");
    if (event.key !== "/" || !box || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-copy]").forEach(function (button) {
      var link = document.getElementById(button.dataset.copy);
      if (!link || !navigator.clipboard) return;          /* only under HTTPS or on localhost */
      button.hidden = false;
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(link.textContent.trim()).then(function () {
          button.textContent = "已复制";
        });
      });
    });
  });
})();
