/* 两份并排看: the second of two writers sees both texts, field by field, and chooses; the other one is kept as a copy. */
(function () {
  "use strict";

  function element(tag, words, name) {
    var made = document.createElement(tag);
    if (words) made.textContent = words;
    if (name) made.className = name;
    return made;
  }
  function pieces(cell, parts, words, who) {
    cell.appendChild(element("span", who, "hide-w lbl"));                 /* on a phone, where the head is not shown */
    (parts || [[words || "—", false]]).forEach(function (part) {
      cell.appendChild(part[1] ? element("mark", part[0]) : document.createTextNode(part[0]));
    });
    return cell;
  }
  function label(root, name) {
    var control = root.querySelector("[data-field='" + name + "']");
    return control && control.dataset.label || "";
  }
  function shown(root, name, value) {                    /* the word of a choice, not its code */
    var option = root.querySelector("[data-field='" + name + "'] option[value='" + value + "']");
    var radio = root.querySelector("[data-field='" + name + "'][value='" + value + "']");
    return value && option ? option.textContent : value && radio ? radio.dataset.word || value : value;
  }
  function row(root, name, mine, theirs, differ, who) {
    var line = element("tr");
    line.appendChild(element("th", label(root, name)));
    line.firstChild.scope = "row";
    line.appendChild(pieces(element("td", "", "pre"), differ && differ[0], shown(root, name, mine), "我写的"));
    line.appendChild(pieces(element("td", "", "pre"), differ && differ[1], shown(root, name, theirs), who));
    return line;
  }
  function panel(root, detail) {
    var said = detail.said, made = element("section", "", "panel both"), head = element("header");
    made.setAttribute("role", "alert");
    made.tabIndex = -1;
    head.appendChild(element("h2", said.message));
    made.appendChild(head);
    var table = element("table", "", "cards sbs"), top = element("tr"), body = element("tbody");
    var theirName = (said.by || "别人") + " " + said.at + " 写的";
    ["栏目", "我写的", theirName].forEach(function (words) {
      top.appendChild(element("th", words)).scope = "col";
    });
    table.appendChild(element("caption", "两份不同的地方", "vh"));
    table.appendChild(element("thead")).appendChild(top);
    Object.keys(detail.mine).forEach(function (name) {
      var mine = detail.mine[name], theirs = said.current[name] || "";
      if (mine.trim() !== theirs.trim() && label(root, name)) {
        body.appendChild(row(root, name, mine, theirs, said.differences[name], theirName));
      }
    });
    table.appendChild(body);
    made.appendChild(table);
    return made;
  }
  function show(place, yes) {                             /* in the grid it has a line of its own */
    var line = place.closest("tr.bothline");
    if (line) line.hidden = !yes;
  }
  function button(words, tone, deed) {
    var made = element("button", words, "btn sm " + tone);
    made.type = "button";
    made.addEventListener("click", deed);
    return made;
  }

  document.addEventListener("draft:conflict", function (event) {
    var root = event.target, detail = event.detail, said = detail.said, draft = detail.draft;
    var place = root.querySelector("[data-both]") || root, made = panel(root, detail), foot = element("footer");
    function close(words) {
      draft.both = draft.paused = false;
      made.remove();
      show(place, false);
      if (words) window.Drafts.mark(draft, "good", words);
    }
    if (draft.both) place.querySelector(".both").remove();
    draft.both = true;
    if (said.writable) {
      foot.appendChild(button("用我的", "pri", function () {
        window.Drafts.setVersion(draft, said.version);
        close("");
        window.Drafts.touched(draft);
        window.Drafts.saveNow();
      }));
      foot.appendChild(button("用对方的", "", function () {
        window.Drafts.setVersion(draft, said.version);
        window.Drafts.fill(root, said.current);
        draft.dirty = false;
        window.Drafts.forget(draft.id);
        close("已换成对方的；您写的另存为底稿，随时可以恢复");
      }));
      foot.appendChild(element("span", "也可以在表里照着改，改好再按“用我的”。没选的那份另存为底稿。", "muted"));
    } else {
      var link = element("a", "看最新情况", "btn sm");
      link.href = "/reports/" + draft.id;
      foot.appendChild(link);
      foot.appendChild(element("span", "您写的另存为底稿，不会丢。", "muted"));
    }
    made.appendChild(foot);
    place.prepend(made);
    show(place, true);
    made.focus();
  });
})();
