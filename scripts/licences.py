#!/usr/bin/env python3
"""Prints the licences of everything that the programs contain:  scripts/licences.py [--test]

Reads what Cargo and npm have already downloaded, and needs no network. Fails if a package has a licence that is
not in ALLOWED, or comes without a text and without a known one.
"""

import json
import re
import subprocess
import sys
import unittest
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ("vitrine-cli", "vitrine-desktop")
# The packages of npm whose code is in the window. The others only build it.
UI_PACKAGES = ("svelte", "@tauri-apps/api")

# Licences that allow what we do: passing on programs together with these texts. MPL-2.0 also asks for the address
# of the source, which is printed for each package, and IJG for a sentence, IJG_NOTICE.
ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CDLA-Permissive-2.0", "IJG", "ISC", "MIT", "MIT-0", "MPL-2.0", "Unicode-3.0", "Unlicense", "Zlib",
}
IJG_NOTICE = "This software is based in part on the work of the Independent JPEG Group."
TEXT_FILE = re.compile(r"^(licen[cs]e|copying|notice|unlicense|copyright)([-._ ].*)?$", re.IGNORECASE)
SOURCE_FILE = re.compile(r"\.(rs|py|js|ts|html)$", re.IGNORECASE)


def choices(expression):
    """Returns the sets of licences of which one is enough, from an SPDX expression."""
    words = re.findall(r"[()]|[^()\s/]+|/", expression)
    at = 0

    def either():
        nonlocal at
        found = both()
        while at < len(words) and words[at] in ("OR", "/"):
            at += 1
            found = found + both()
        return found

    def both():
        nonlocal at
        found = one()
        while at < len(words) and words[at] == "AND":
            at += 1
            found = [left | right for right in one() for left in found]
        return found

    def one():
        nonlocal at
        if at >= len(words):
            raise ValueError(f"not a licence expression: {expression}")
        word = words[at]
        at += 1
        if word == "(":
            found = either()
            if at >= len(words) or words[at] != ")":
                raise ValueError(f"not a licence expression: {expression}")
            at += 1
            return found
        if at + 1 < len(words) and words[at] == "WITH":
            word = f"{word} WITH {words[at + 1]}"
            at += 2
        return [frozenset([word])]

    found = either()
    if at != len(words):
        raise ValueError(f"not a licence expression: {expression}")
    return found


def is_allowed(expression):
    return any(choice <= ALLOWED for choice in choices(expression))


def texts_in(folder, named=None):
    """Returns the licence texts of a package: those beside its manifest, and the one that the manifest names."""
    folder = Path(folder)
    found = [path for path in folder.iterdir() if path.is_file() and TEXT_FILE.match(path.name)]
    # Some packages keep all texts in one folder.
    for inner in folder.iterdir():
        if inner.is_dir() and inner.name.lower() in ("licenses", "licences", "license"):
            found += [path for path in inner.iterdir() if path.is_file()]
    if named is not None:
        found.append(folder / named)
    found = [path for path in found if path.is_file() and not SOURCE_FILE.search(path.name)]
    texts = []
    for path in sorted(set(found)):
        text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip("\n")
        if text.strip() and text not in texts:
            texts.append(text)
    return texts


def crates():
    """Returns the packages of Cargo that are linked into the programs, for this kind of machine."""
    host = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    target = re.search(r"^host: (.*)$", host, re.MULTILINE).group(1)
    command = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    waiting = [id for id, package in packages.items() if package["name"] in PROGRAMS]
    if len(waiting) != len(PROGRAMS):
        raise SystemExit("the programs are not in this workspace")
    seen = set()
    while waiting:
        id = waiting.pop()
        if id in seen:
            continue
        seen.add(id)
        for dependency in nodes[id]["deps"]:
            # Programs contain nothing of what only builds or tests them.
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    for id in seen:
        package = packages[id]
        if package["source"] is None:
            continue
        yield {
            "name": f"{package['name']} {package['version']}",
            "licence": package["license"],
            "source": package["repository"] or package["homepage"] or "",
            "texts": texts_in(Path(package["manifest_path"]).parent, package["license_file"]),
        }


def ui_packages():
    """Returns the packages of npm that are in the window, with all that they need."""
    modules = ROOT / "ui" / "node_modules"
    waiting, seen = list(UI_PACKAGES), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        package = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
        waiting += [needed for needed in package.get("dependencies", {}) if not needed.startswith("@types/")]
        repository = package.get("repository", "")
        address = repository.get("url", "") if isinstance(repository, dict) else repository
        yield {
            "name": f"{name} {package['version']}",
            "licence": package.get("license"),
            "source": re.sub(r"^git\+|\.git$", "", address),
            "texts": texts_in(modules / name),
        }


def standard_texts():
    """Returns texts for packages that only name their licence."""
    mit = (ROOT / "LICENSE-MIT").read_text(encoding="utf-8")
    return {
        "BSD-2-Clause": (ROOT / "packaging/BSD-2-Clause.txt").read_text(encoding="utf-8").strip("\n"),
        "Apache-2.0": (ROOT / "LICENSE-APACHE").read_text(encoding="utf-8").strip("\n"),
        "MIT": mit[mit.index("Permission is hereby granted"):].strip("\n"),
    }


def texts_of(package, packages, standard):
    """Returns the licence texts of a package; of one that has none, those that apply to it all the same."""
    if package["texts"] or package["licence"] is None:
        return package["texts"]
    licence = package["licence"]
    for other in packages:
        # Several packages of one repository often share one file.
        if other["texts"] and other["licence"] == licence and other["source"] == package["source"] != "":
            return other["texts"]
    known = [choice for choice in choices(licence) if choice <= ALLOWED and choice <= set(standard)]
    if known:
        return [standard[id] for id in sorted(known[0])]
    if licence == "MPL-2.0":
        # Its text names no author, so all have the same.
        return next((other["texts"] for other in packages if other["licence"] == licence and other["texts"]), [])
    return []


def report(packages, standard):
    """Returns the whole text and the problems."""
    by_text, problems = defaultdict(list), []
    lines = ["Vitrine contains these packages of other authors.", ""]
    if any("IJG" in (package["licence"] or "") for package in packages):
        lines += [IJG_NOTICE, ""]
    for package in sorted(packages, key=lambda package: package["name"].lower()):
        name, licence = package["name"], package["licence"]
        if licence is None:
            if not package["texts"]:
                problems.append(f"{name} names no licence")
                continue
            licence = "see below"
        elif not is_allowed(licence):
            problems.append(f"{name} has a licence that is not allowed: {licence}")
        texts = texts_of(package, packages, standard)
        if not texts:
            problems.append(f"{name} comes without the text of its licence, {licence}")
            continue
        lines.append(f"{name}: {licence}" + (f" ({package['source']})" if package["source"] else ""))
        for text in texts:
            by_text[text].append(name)
    for text, names in by_text.items():
        lines += ["", "=" * 80, ", ".join(names), "-" * 80, text]
    return "\n".join(lines) + "\n", problems


class Tests(unittest.TestCase):
    def test_expressions(self):
        self.assertEqual(choices("MIT OR Apache-2.0"), [{"MIT"}, {"Apache-2.0"}])
        self.assertEqual(choices("MIT/Apache-2.0"), [{"MIT"}, {"Apache-2.0"}])
        self.assertEqual(choices("(MIT OR ISC) AND Zlib"), [{"MIT", "Zlib"}, {"ISC", "Zlib"}])
        self.assertEqual(choices("Apache-2.0 WITH LLVM-exception"), [{"Apache-2.0 WITH LLVM-exception"}])
        for bad in ("", "(MIT", "MIT MIT", "OR"):
            with self.assertRaises(ValueError, msg=bad):
                if choices(bad) == [{"OR"}]:
                    raise ValueError(bad)

    def test_all_of_an_and_must_be_allowed(self):
        self.assertTrue(is_allowed("GPL-3.0-only OR MIT"))
        self.assertFalse(is_allowed("GPL-3.0-only AND MIT"))
        self.assertFalse(is_allowed("Apache-2.0 WITH Something-else"))

    def test_a_package_without_text_or_with_a_strange_licence_is_a_problem(self):
        def package(name, licence, *texts, source=""):
            return {"name": name, "licence": licence, "source": source, "texts": list(texts)}

        text, problems = report(
            [package("a 1", "MIT", "one text"), package("b 1", "MIT", "one text"), package("c 1", "MIT"),
             package("d 1", "GPL-3.0-only", "text"), package("e 1", "ISC"), package("f 1", None),
             package("g 1", "Zlib", "the text beside g", source="here"), package("h 1", "Zlib", source="here")],
            {"MIT": "the standard text"},
        )
        self.assertEqual(text.count("one text"), 1)
        self.assertIn("a 1, b 1\n", text)
        self.assertIn("the standard text", text)
        self.assertIn("g 1, h 1\n", text)
        self.assertEqual([problem.split()[0] for problem in problems], ["d", "e", "f"])

    def test_the_programs_contain_what_they_are_known_to_use(self):
        names = {package["name"].split()[0] for package in [*crates(), *ui_packages()]}
        self.assertLessEqual({"tauri", "clap", "rusqlite", "svelte", "@tauri-apps/api"}, names)
        # These only test or build Vitrine.
        self.assertTrue(names.isdisjoint({"fantoccini", "tauri-build", "vite", "vitrine-core"}))


if __name__ == "__main__":
    if sys.argv[1:] == ["--test"]:
        unittest.main(argv=[sys.argv[0]])
    text, problems = report([*crates(), *ui_packages()], standard_texts())
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise SystemExit(1)
    sys.stdout.write(text)
