#!/usr/bin/python3
"""Takes files that are dropped on it: a plate at X Y, on top of every window.

usage: drag_target.py X Y

Says on stdout, a line each: `ready`, a `file://` URI for each file that is dropped, and at last `taken`.
"""

import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

WIDTH, HEIGHT = 200, 120


def say(word):
    print(word, flush=True)


def main():
    # A popup is placed where it says and above all, without asking the window manager.
    window = Gtk.Window(type=Gtk.WindowType.POPUP)
    window.set_size_request(WIDTH, HEIGHT)
    window.move(int(sys.argv[1]), int(sys.argv[2]))
    plate = Gtk.EventBox()
    plate.add(Gtk.Label(label="drop here"))
    window.add(plate)
    plate.drag_dest_set(Gtk.DestDefaults.ALL, [], Gdk.DragAction.COPY)
    plate.drag_dest_add_uri_targets()

    def take(_widget, _context, _x, _y, data, _info, _time):
        for uri in data.get_uris():
            say(uri)
        say("taken")

    plate.connect("drag-data-received", take)
    window.connect("map-event", lambda *_: say("ready"))
    window.show_all()
    Gtk.main()


main()
