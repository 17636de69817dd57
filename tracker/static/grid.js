/* 一表填报: the keyboard moves between cells as in a spreadsheet; a block from Excel or WPS is pasted over cells. */
(function () {
  "use strict";
  var TICKED = /^(1|是|√|✓|已印发|已)$/, undo = null;

  function rows() {
    return Array.from(document.querySelectorAll("#grid [data-draft]")).map(function (root) {
      return Array.from(root.querySelectorAll("[data-field]"));
    });
  }
  function placeOf(control) {
    var all = rows();
    for (var row = 0; row < all.length; row += 1) {
      var column = all[row].indexOf(control);
      if (column >= 0) return {all: all, row: row, column: column};
    }
    return null;
  }
  function go(control, down, right) {
    var at = placeOf(control);
    if (!at) return false;
    var line = at.all[at.row + down];
    var next = line && (right ? line[at.column + right] : line[Math.min(at.column, line.length - 1)]);
    if (!next) return false;
    next.focus();
    if (next.select && next.type === "text") next.select();
    return true;
  }

  /* Alt+arrows always; plain arrows where the caret can go no further in its cell. */
  var MOVES = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
  function atEdge(control, key) {
    if (control.tagName === "SELECT" || control.type === "checkbox") return false;
    if (control.selectionStart !== control.selectionEnd) return false;
    if (key === "ArrowUp" || key === "ArrowLeft") return control.selectionStart === 0;
    return control.selectionEnd === control.value.length;
  }
  document.addEventListener("keydown", function (event) {
    var control = event.target, move = MOVES[event.key];
    if (!control.dataset || !control.dataset.field || event.isComposing) return;
    if (move && !event.ctrlKey && !event.metaKey && !event.shiftKey && (event.altKey || atEdge(control, event.key))) {
      if (go(control, move[0], move[1]) || event.altKey) event.preventDefault();
    } else if (event.key === "Enter" && !event.altKey && (event.ctrlKey || control.tagName !== "TEXTAREA")) {
      event.preventDefault();
      go(control, event.shiftKey ? -1 : 1, 0);
    } else if (undo && event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      undo();
    }
  });

  /* ---- paste ---- */
  function block(text) {                                   /* tab-separated; a quoted cell may hold tabs and lines */
    var lines = [[]], cell = "", quoted = false, begun = false;
    text = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    function end() { lines[lines.length - 1].push(cell); cell = ""; begun = false; }
    for (var i = 0; i < text.length; i += 1) {
      var sign = text[i];
      if (quoted && sign === "\"" && text[i + 1] === "\"") { cell += sign; i += 1; }
      else if (quoted && sign === "\"") quoted = false;
      else if (!quoted && sign === "\"" && !begun) { quoted = begun = true; }
      else if (!quoted && sign === "\t") end();
      else if (!quoted && sign === "\n") { end(); lines.push([]); }
      else { cell += sign; begun = true; }
    }
    end();
    return lines;
  }
  function isTable(data) {
    var html = data.getData("text/html");
    return html ? /<table|<tr/i.test(html) : data.getData("text/plain").indexOf("\t") >= 0;
  }
  function put(control, words) {                           /* false: this is no value for the cell */
    words = words.trim();
    if (control.tagName === "SELECT") {
      var option = Array.from(control.options).find(function (one) {
        return one.value && (one.textContent === words || one.value === words);
      });
      if (!option) return !words;
      control.value = option.value;
    } else if (control.type === "checkbox") control.checked = TICKED.test(words);
    else control.value = words;
    control.dispatchEvent(new Event("input", {bubbles: true}));
    return true;
  }
  function say(words) {
    var place = document.querySelector("[data-pasted]");
    place.hidden = !words;
    place.textContent = words;
    return place;
  }
  document.addEventListener("paste", function (event) {
    var control = event.target, data = event.clipboardData, at = control.dataset && control.dataset.field && placeOf(control);
    if (!at || !data || !isTable(data)) return;
    var lines = block(data.getData("text/plain")), before = [], strange = 0, over = 0, filled = 0;
    if (lines.length === 1 && lines[0].length === 1 && control.tagName === "TEXTAREA") return;
    event.preventDefault();
    lines.forEach(function (cells, down) {
      var row = at.all[at.row + down];
      if (!row) { over += 1; return; }
      cells.forEach(function (words, right) {
        var target = row[at.column + right];
        if (!target) { if (words.trim()) strange += 1; return; }
        before.push([target, target.type === "checkbox" ? (target.checked ? "1" : "") : target.value]);
        if (put(target, words)) filled += 1; else strange += 1;
      });
    });
    var place = say("已粘贴" + filled + "格" + (strange ? "，" + strange + "格没认出来，没有改" : "")
      + (over ? "，多出的" + over + "行没有地方放" : "") + "　");
    var button = document.createElement("button");
    undo = function () {
      undo = null;
      before.forEach(function (one) {
        if (one[0].tagName === "SELECT") { one[0].value = one[1]; one[0].dispatchEvent(new Event("input", {bubbles: true})); }
        else put(one[0], one[1]);
      });
      say("已撤销粘贴");
      control.focus();
    };
    button.type = "button";
    button.className = "link";
    button.textContent = "撤销粘贴";
    button.addEventListener("click", function () { if (undo) undo(); });
    place.appendChild(button);
  });
  document.addEventListener("beforeinput", function (event) {      /* typing on: Ctrl+Z is the cell's own again */
    if (event.target.dataset && event.target.dataset.field && event.inputType !== "historyUndo") undo = null;
  });
})();
