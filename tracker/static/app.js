/* What the pages do better with scripts; all of it works without. */
(function () {
  "use strict";

  /* htmx sends the CSRF token of the page with every request. */
  document.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  });

  /* The error summary takes the focus, so that it is read out and seen. */
  function showErrors() {
    var errors = document.getElementById("errors");
    if (!errors) return;
    if (document.title.indexOf("出错：") !== 0) document.title = "出错：" + document.title;
    errors.focus();
  }
  document.addEventListener("DOMContentLoaded", showErrors);
  document.addEventListener("htmx:afterSwap", showErrors);

  /* 显示: look at the password that is being typed. */
  function offerToShow(button) {
    var field = document.getElementById(button.dataset.show);
    button.hidden = false;
    button.addEventListener("click", function () {
      var shown = field.type === "text";
      field.type = shown ? "password" : "text";
      button.setAttribute("aria-pressed", String(!shown));
      button.textContent = shown ? "显示" : "隐藏";
      field.focus();
    });
  }
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-show]").forEach(offerToShow);
  });

  /* On a phone the bar scrolls sideways: the page that one is on comes into view. */
  document.addEventListener("DOMContentLoaded", function () {
    var here = document.querySelector(".nav [aria-current]");
    if (here) here.parentNode.scrollLeft = here.offsetLeft - 16;
  });

  /* A form is sent once: the button rests while the request is under way. */
  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (form.method !== "post" || event.defaultPrevented || !button || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });
})();
