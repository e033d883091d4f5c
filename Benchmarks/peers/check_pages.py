#!/usr/bin/env python3
"""Opens the HTML pages of `spectra` in a real browser without a network, and uses them as a reader would.

    check_pages.py [--spectra .build/release/spectra] [--chromium chromium] [--out .build/pages]

Makes a page of each kind, and checks each: no request but for the file itself, no message on the console, values under the
pointer and by the keyboard, colours of every palette, a series brought out, tables sorted, no part cut off on a phone, the
downloaded drawing, and the page without script. Screenshots of every palette, of a phone and of the printed page go to the
output's folder, to be looked at. Needs Debian's chromium and Playwright, which is installed under .build-pages where it is missing.
Exit code 1 where anything is wrong, 2 where nothing could be checked.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
import xml.dom.minidom
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "playwright>=1.49"
PALETTES = ("system", "light", "dark", "print", "colour-blind")
PHONE = {"width": 400, "height": 800}
SCREEN = {"width": 1280, "height": 900}

COMMON = ["--tokens", "4", "--width", "16", "--samples", "3"]
LAYERS = ["--arch", "rezero,post-ln", "--depth", "12", "--layers", "all", *COMMON]
# Every kind of page, and what is hard to lay out: long names, many rows, samples that fail, several runs.
RUNS = {
    "figure5": ["figure5"],
    "layers": LAYERS,
    "names": ["--arch", "post-ln:norm=rmsnorm:activation=gelu:mask=causal,pre-ln:activation=leaky-relu,xskip:lambda=2,rezero",
              "--depth", "4", *COMMON],
    "failing": ["--arch", "residual,pre-ln", "--depth", "4,700", "--block", "fc", "--width", "16", "--init", "gaussian", "--sigma-w", "4",
                "--samples", "2", "--precision", "float"],
}
PLOTS = {
    "ridgeline": (["layers"], ["--kind", "ridgeline"]),
    "histograms": (["layers"], ["--kind", "histogram", "--palette", "dark"]),
    "spectra": (["names"], ["--facet", "spectrum", "--palette", "colour-blind", "--title", "</title><b>\"&'"]),
    "statistic": (["figure5"], ["--kind", "statistic", "--statistic", "mean_squared,std_log"]),
    "two-runs": (["names", "failing"], ["--kind", "histogram"]),
}


class Failed(Exception):
    """Nothing can be checked; the text says why and what to do."""


@dataclass
class Report:
    """What was wrong with one page."""

    page: str
    problems: list[str] = field(default_factory=list)

    def expect(self, condition: bool, problem: str) -> None:
        if not condition:
            self.problems.append(problem)


# --- what is needed -----------------------------------------------------------------------------------------------------

def browser(named: str | None) -> str:
    """The browser; Debian's is installed where it is missing and that can be done without questions."""
    name = named or "chromium"
    if not shutil.which(name) and not named and shutil.which("apt-get"):
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
        print("installing chromium …", file=sys.stderr)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*prefix, "apt-get", "update", "-qq"], env=environment)
        subprocess.run([*prefix, *command], env=environment, stdin=subprocess.DEVNULL)
    if found := shutil.which(name):
        return found
    raise Failed(f"There is no {name}; install Debian's chromium, or name a browser with --chromium.")


def with_playwright() -> None:
    """Starts this script again with an interpreter that has Playwright, made where there is none."""
    if importlib.util.find_spec("playwright"):
        return
    folder = ROOT / ".build-pages" / "venv"
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"installing Playwright into {folder} (once) …", file=sys.stderr)
        venv.create(folder, with_pip=True)
    if subprocess.run([python, "-c", "import playwright"], stderr=subprocess.DEVNULL).returncode != 0:
        if subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE]).returncode != 0:
            raise Failed(f"pip could not install {PACKAGE} into {folder}; see its messages above.")
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


def make_pages(spectra: Path, out: Path) -> list[Path]:
    """Runs the commands; returns the pages."""
    def run(arguments: list[str]) -> None:
        # One thread of BLAS a sample; some of the runs have samples that fail, which is no failure of theirs.
        done = subprocess.run([str(spectra), *arguments], cwd=out, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Failed(f"spectra {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")

    pages = []
    for name, arguments in RUNS.items():
        run([*arguments, "--format", "json", "--output", f"{name}.json", "--plot", f"{name}.html"])
        pages.append(out / f"{name}.html")
    for name, (runs, options) in PLOTS.items():
        run(["plot", *(f"{run}.json" for run in runs), *options, "-o", f"{name}.html"])
        pages.append(out / f"{name}.html")
    return pages


# --- what is checked ----------------------------------------------------------------------------------------------------

def check(browser, path: Path, out: Path) -> Report:
    report = Report(path.name)
    requests: list[str] = []
    messages: list[str] = []

    def opened(**options):
        context = browser.new_context(offline=True, **options)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.goto(path.as_uri())
        return page

    page = opened(viewport=SCREEN, accept_downloads=True)
    check_marks(page, report)
    check_keyboard(page, report)
    check_series(page, report)
    check_download(page, report, out / f"{path.stem}.svg")
    check_palettes(page, report, out / path.stem)
    check_tables(page, report)
    check_extent(page, report, "a screen")
    page.emulate_media(media="print")
    page.pdf(path=out / f"{path.stem}.pdf", format="A4", landscape=True)

    dark = opened(viewport=SCREEN, color_scheme="dark")
    is_default = dark.locator("#palette-system").is_checked()
    report.expect(not is_default or luminance(background(dark)) < 0.2, "the dark scheme of the system is ignored")
    dark.screenshot(path=out / f"{path.stem}-dark-scheme.png")

    phone = opened(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    check_extent(phone, report, "a phone")
    check_touch(phone, report)
    check_letters(phone, report)
    phone.screenshot(path=out / f"{path.stem}-phone.png", full_page=True)

    plain = opened(viewport=SCREEN, java_script_enabled=False)
    report.expect(plain.locator(".wide .tip > title, .drawing:not(.narrow) .tip > title").count() > 0,
                  "without script, marks have no titles")

    report.expect(all(url == path.as_uri() or url.startswith(("blob:", "data:")) for url in requests),
                  f"asks for {sorted(set(requests))}")
    report.expect(not messages, f"says on the console: {messages}")
    for each in browser.contexts:
        each.close()
    return report


def drawing(page):
    return page.locator(".drawing:visible svg").first


def titles_of_marks(page) -> list[str]:
    """What the marks of the page's first drawing say, as the file has it."""
    source = xml.dom.minidom.parse(url2pathname(urlsplit(page.url).path))
    drawn = [node for node in source.getElementsByTagName("svg") if node.getAttribute("role") == "img"][0]
    return [node.getElementsByTagName("title")[0].firstChild.data
            for node in drawn.getElementsByTagName("rect") if node.getAttribute("class") == "tip"]


def check_marks(page, report: Report) -> None:
    """The title of the mark under the pointer is shown at once, beside the pointer."""
    report.expect(page.locator(".tip title").count() == 0, "marks keep the slow titles of the browser")
    titles = titles_of_marks(page)
    marks = drawing(page).locator(".tip")
    report.expect(marks.count() == len(titles) > 0, f"{marks.count()} marks for {len(titles)} titles")
    for index in sorted({0, len(titles) // 2, len(titles) - 1}):
        mark = marks.nth(index)
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        shown = page.locator("#tooltip")
        report.expect(shown.is_visible() and shown.text_content() == titles[index],
                      f"mark {index} shows {shown.text_content()!r} instead of {titles[index]!r}")
        tip = shown.bounding_box()
        report.expect(tip is not None and tip["x"] >= 0 and tip["x"] + tip["width"] <= SCREEN["width"] and tip["y"] >= 0,
                      f"the values of mark {index} are cut off")
    page.keyboard.press("Escape")
    report.expect(not page.locator("#tooltip").is_visible(), "Escape does not hide the values")
    page.mouse.move(1, 1)


def check_keyboard(page, report: Report) -> None:
    titles = titles_of_marks(page)
    drawing(page).focus()
    for key, index in (("ArrowRight", 0), ("ArrowRight", min(1, len(titles) - 1)), ("End", -1), ("Home", 0)):
        page.keyboard.press(key)
        shown = page.locator("#tooltip")
        report.expect(shown.is_visible() and shown.text_content() == titles[index],
                      f"{key} shows {shown.text_content()!r} instead of {titles[index]!r}")
    drawing(page).blur()


def check_series(page, report: Report) -> None:
    """Pointing at a name of the legend fades the marks of the other series."""
    names = page.locator(".legend button")
    if names.count() < 2:
        return
    own, other = (drawing(page).locator(f'[stroke="var(--series-{index})"]').first for index in (0, 1))
    opacity = "element => getComputedStyle(element).opacity"
    names.first.hover()
    report.expect(own.evaluate(opacity) == "1" and float(other.evaluate(opacity)) < 0.5, "no series is brought out")
    page.mouse.move(1, 1)
    report.expect(other.evaluate(opacity) == "1", "faded series stay faded")
    names.first.click()
    page.mouse.move(1, 1)
    report.expect(names.first.get_attribute("aria-pressed") == "true" and float(other.evaluate(opacity)) < 0.5,
                  "a click does not keep a series")
    names.first.click()
    names.first.blur()


def check_tables(page, report: Report) -> None:
    table = page.locator("section[aria-labelledby=statistics] table")
    rows = table.locator("tbody tr")
    titles = table.locator("thead th").all_inner_texts()
    report.expect(rows.count() > 0, "there are no statistics")
    report.expect(all(row.locator("th, td").count() == len(titles) for row in rows.all()), "rows and columns do not match")
    column = next(index for index, title in enumerate(titles) if title.startswith("mean"))
    table.locator("thead th").nth(column).locator("button").click()

    def values() -> list[float]:
        cells = [row.locator("th, td").nth(column).get_attribute("data-order") for row in rows.all()]
        return [float(cell) if cell else float("inf") for cell in cells]

    report.expect(values() == sorted(values()), "a click on a column does not sort it")
    table.locator("thead th").nth(column).locator("button").click()
    numbers = [value for value in values() if value != float("inf")]
    report.expect(numbers == sorted(numbers, reverse=True), "a second click does not turn the order round")
    report.expect(page.locator(".settings tr").count() > 20, "the configuration is missing")
    report.expect(page.locator("pre code").first.inner_text().startswith("spectra "), "the command is missing")


def check_download(page, report: Report, path: Path) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(path)
    text = path.read_text(encoding="utf-8")
    root = xml.dom.minidom.parseString(text).documentElement
    report.expect("var(--" not in text, "the downloaded drawing has variables instead of colours")
    report.expect(root.getAttribute("viewBox").startswith("0 0 "), "the downloaded drawing is cut off")
    report.expect(len(root.getElementsByTagName("title")) > 1, "the downloaded drawing has no values")


def check_palettes(page, report: Report, stem: Path) -> None:
    seen = set()
    page.evaluate("scrollTo(0, 0)")
    for palette in PALETTES:
        page.locator(f"#palette-{palette}").check()
        paint = drawing(page).locator('[fill="var(--series-0)"], [stroke="var(--series-0)"]').first.evaluate(
            "element => { const style = getComputedStyle(element); return style.fill + style.stroke + style.strokeDasharray; }")
        ground = background(page)
        seen.add((paint, ground))
        report.expect((luminance(ground) < 0.2) == (palette == "dark"), f"{palette} stands on {ground}")
        page.screenshot(path=f"{stem}-{palette}.png", full_page=palette == "light")
    # What the system prefers is light here.
    report.expect(len(seen) == len(PALETTES) - 1, f"{len(seen)} different palettes instead of {len(PALETTES) - 1}")


def check_extent(page, report: Report, where: str) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    report.expect(wide <= 0, f"on {where} the page is {wide} pixels too wide")
    cut = page.evaluate("""() => [...document.querySelectorAll('.drawing svg text')].filter(text => {
      const [box, all] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
      return box.width > 0 && !text.closest('.beside')
        && (box.left < all.left - 1 || box.right > all.right + 1 || box.top < all.top - 1 || box.bottom > all.bottom + 1);
    }).map(text => text.textContent)""")
    report.expect(not cut, f"on {where} these words of the drawing are cut off: {cut}")


def check_touch(page, report: Report) -> None:
    mark = drawing(page).locator(".tip").first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    report.expect(page.locator("#tooltip").is_visible(), "a finger brings up no values")


def check_letters(page, report: Report) -> None:
    """Letters of the drawing on a phone, in CSS pixels: 9 units are its smallest, and they must not shrink."""
    scale = page.evaluate("""() => { const svg = [...document.querySelectorAll('.drawing svg')].find(svg => svg.clientWidth > 0);
      return svg.getBoundingClientRect().width / svg.viewBox.baseVal.width; }""")
    report.expect(scale > 0.9, f"on a phone the drawing shrinks to {scale:.2f}")


def background(page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def luminance(colour: str) -> float:
    """About how light a colour like rgb(20, 23, 28) is, from 0 to 1."""
    channels = [int(part) for part in colour[colour.index("(") + 1:-1].split(",")[:3]]
    return sum(channels) / 3 / 255


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spectra", type=Path, default=ROOT / ".build/release/spectra")
    parser.add_argument("--chromium", help="a browser of the Chromium family")
    parser.add_argument("--out", type=Path, default=ROOT / ".build/pages", help="the folder of pages and screenshots")
    flags = parser.parse_args()
    try:
        with_playwright()
        executable = browser(flags.chromium)
        flags.out.mkdir(parents=True, exist_ok=True)
        pages = make_pages(flags.spectra.resolve(), flags.out.resolve())
    except (Failed, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    reports = []
    with sync_playwright() as playwright:
        # A container's root has no sandbox of its own to give away.
        arguments = ["--host-resolver-rules=MAP * ~NOTFOUND", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        running = playwright.chromium.launch(executable_path=executable, args=arguments)
        print(f"Chromium {running.version}")
        for path in pages:
            reports.append(check(running, path, flags.out))
            print(f"{path.name:20} {path.stat().st_size // 1024:5} kB  {'; '.join(reports[-1].problems) or 'as it should be'}")
        running.close()
    return 1 if any(report.problems for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
