/// The script of a page: it adds to what can be read without it, and reads all it needs from the page.
enum HTMLScript {
  static let text = #"""
    "use strict";
    (() => {
      const tooltip = document.getElementById("tooltip");
      const drawings = [...document.querySelectorAll(".drawing svg")];
      const original = drawings[0].cloneNode(true);

      // Values under the pointer. The browser's own tooltips are slow: marks give up their titles.
      const texts = new Map();
      let current = null;
      const hide = () => {
        current?.classList.remove("at");
        current = null;
        tooltip.hidden = true;
      };
      const show = (mark, x, y) => {
        if (mark !== current) {
          hide();
          current = mark;
          mark.classList.add("at");
          tooltip.textContent = texts.get(mark);
          tooltip.hidden = false;
        }
        // Beside the pointer, on the side that has room.
        const {width, height} = tooltip.getBoundingClientRect();
        const left = x + 14 + width > innerWidth ? x - 14 - width : x + 14;
        const top = y + 14 + height > innerHeight ? y - 14 - height : y + 14;
        tooltip.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
        tooltip.style.top = `${Math.max(4, top)}px`;
      };
      for (const svg of drawings) {
        const title = svg.querySelector(":scope > title");
        svg.setAttribute("aria-label", `${title.textContent}. The arrow keys read its values.`);
        title.remove();
        const marks = [...svg.querySelectorAll(".tip")];
        for (const mark of marks) {
          texts.set(mark, mark.textContent);
          mark.replaceChildren();
        }
        const point = event => {
          const mark = event.target.closest(".tip");
          if (mark) show(mark, event.clientX, event.clientY); else hide();
        };
        svg.addEventListener("pointermove", point);
        svg.addEventListener("pointerdown", point);
        // A finger that is lifted leaves what it has found.
        svg.addEventListener("pointerleave", event => { if (event.pointerType === "mouse") hide(); });
        svg.tabIndex = 0;
        svg.addEventListener("blur", hide);
        svg.addEventListener("keydown", event => {
          if (event.key === "Escape") hide();
          const steps = {ArrowLeft: -1, ArrowRight: 1, Home: -marks.length, End: marks.length};
          if (!(event.key in steps) || marks.length === 0) return;
          event.preventDefault();
          const at = marks.indexOf(current);
          const next = at < 0 ? (steps[event.key] < 0 ? marks.length - 1 : 0) : at + steps[event.key];
          const mark = marks[Math.max(0, Math.min(next, marks.length - 1))];
          mark.scrollIntoView({block: "nearest", inline: "nearest"});
          const box = mark.getBoundingClientRect();
          show(mark, box.right - 10, box.top);
        });
      }
      addEventListener("keydown", event => { if (event.key === "Escape") hide(); });
      addEventListener("scroll", event => { if (!drawings.includes(document.activeElement)) hide(); }, true);
      addEventListener("pointerdown", event => { if (!event.target.closest(".drawing")) hide(); });

      // A series is brought out while its name is pointed at, and kept so by a click.
      let kept = null;
      const names = [...document.querySelectorAll(".legend button")];
      const bringOut = series => drawings.forEach(svg =>
        series === null ? delete svg.dataset.series : svg.dataset.series = series);
      for (const name of names) {
        const series = name.dataset.series;
        for (const event of ["pointerenter", "focus"]) name.addEventListener(event, () => bringOut(series));
        for (const event of ["pointerleave", "blur"]) name.addEventListener(event, () => bringOut(kept));
        name.addEventListener("click", () => {
          kept = kept === series ? null : series;
          for (const other of names) other.setAttribute("aria-pressed", other.dataset.series === kept);
          bringOut(kept);
        });
      }

      const button = (text, action) => {
        const made = document.createElement("button");
        made.type = "button";
        made.textContent = text;
        made.addEventListener("click", action);
        return made;
      };

      // The drawing as a file of its own: the whole view, and colours instead of variables.
      const download = () => {
        const colours = getComputedStyle(document.documentElement);
        const value = text => text.replace(/var\((--[\w-]+)\)/g, (_, name) => colours.getPropertyValue(name).trim());
        const svg = original.cloneNode(true);
        const [, , width, height] = svg.dataset.whole.split(" ");
        svg.setAttribute("viewBox", svg.dataset.whole);
        svg.setAttribute("width", width);
        svg.setAttribute("height", height);
        svg.style.background = colours.getPropertyValue("--background").trim();
        delete svg.dataset.whole;
        for (const element of svg.querySelectorAll("*")) {
          for (const name of ["fill", "stroke", "style"]) {
            const text = element.getAttribute(name);
            if (text) element.setAttribute(name, value(text));
          }
        }
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(svg)], {type: "image/svg+xml"}));
        link.download = "figure.svg";
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      };
      const tools = document.createElement("div");
      tools.className = "tools";
      tools.append(button("Download the drawing (SVG)", download));
      document.querySelector("figure").append(tools);

      for (const block of document.querySelectorAll(".command")) {
        const code = block.querySelector("code");
        const copy = button("Copy", () => {
          getSelection().selectAllChildren(code);
          navigator.clipboard?.writeText(code.textContent).then(() => { copy.textContent = "Copied"; }, () => {});
        });
        block.append(copy);
      }

      // Tables in the order of a column; what has no value stays at the end.
      for (const table of document.querySelectorAll(".sortable")) {
        const headers = [...table.tHead.rows[0].cells];
        headers.forEach((header, column) => {
          const sort = () => {
            const sign = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
            for (const other of headers) other.removeAttribute("aria-sort");
            header.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
            const key = row => row.cells[column].dataset.order ?? row.cells[column].textContent.trim();
            const rows = [...table.tBodies[0].rows].sort((one, other) => {
              const [a, b] = [key(one), key(other)];
              if (a === "" || b === "") return (a === "") - (b === "");
              return sign * (isNaN(a) || isNaN(b) ? a.localeCompare(b, "en", {numeric: true}) : a - b);
            });
            table.tBodies[0].append(...rows);
          };
          header.replaceChildren(button(header.textContent, sort));
        });
      }
    })();

    """#
}
