#!/usr/bin/python3
"""Offers files to be dragged: a small plate at X Y, on top of every window.

usage: drag_source.py X Y PATH...

Says on stdout, a line each: `ready`, `began`, `gave`, and at last `dropped` or `refused`.
"""

import pathlib
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

WIDTH, HEIGHT = 120, 40


def say(word):
    print(word, flush=True)


def main():
    x, y = int(sys.argv[1]), int(sys.argv[2])
    # Names may hold bytes that are no text: as_uri() quotes the bytes themselves.
    uris = [pathlib.Path(path).absolute().as_uri() for path in sys.argv[3:]]
    refused = []

    # A popup is placed where it says and above all, without asking the window manager.
    window = Gtk.Window(type=Gtk.WindowType.POPUP)
    window.set_size_request(WIDTH, HEIGHT)
    window.move(x, y)
    plate = Gtk.EventBox()
    plate.add(Gtk.Label(label="drag me"))
    window.add(plate)

    plate.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
    plate.drag_source_add_uri_targets()

    def began(*_):
        # Out of the picture, so that a screenshot shows the app and what hovers over it.
        window.move(-2 * WIDTH, -2 * HEIGHT)
        say("began")

    def give(_widget, _context, data, _info, _time):
        data.set_uris(uris)
        say("gave")

    def failed(*_):
        refused.append(True)
        return True

    def ended(*_):
        say("refused" if refused else "dropped")
        GLib.idle_add(Gtk.main_quit)

    plate.connect("drag-begin", began)
    plate.connect("drag-data-get", give)
    plate.connect("drag-failed", failed)
    plate.connect("drag-end", ended)
    window.connect("map-event", lambda *_: say("ready"))
    window.show_all()
    Gtk.main()


main()
