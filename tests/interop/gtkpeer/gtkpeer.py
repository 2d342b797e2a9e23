"""A GTK 3 program for tests: the clipboard as any GTK application uses it, several formats at once.

    gtkpeer.py copy TYPE=FILE...   owns the clipboard until another program does; says "owned" once it does
    gtkpeer.py paste TYPE          writes the clipboard's bytes of this type to standard output
"""

import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

FORMAT = 8


def copy(offers):
    contents = {}
    owner = Gtk.Invisible()
    for number, offer in enumerate(offers):
        target, path = offer.split("=", 1)
        with open(path, "rb") as file:
            contents[number] = (target, file.read())
        Gtk.selection_add_target(
            owner, Gdk.SELECTION_CLIPBOARD, Gdk.Atom.intern(target, False), number
        )

    def give(_owner, selection, number, _time):
        target, content = contents[number]
        selection.set(Gdk.Atom.intern(target, False), FORMAT, content)

    def lose(_owner, _event):
        Gtk.main_quit()
        return True

    owner.connect("selection-get", give)
    owner.connect("selection-clear-event", lose)
    owner.realize()
    # A server time, as any copy by a person has; GDK asks the server for it.
    gi.require_version("GdkX11", "3.0")
    from gi.repository import GdkX11

    now = GdkX11.x11_get_server_time(owner.get_window())
    if not Gtk.selection_owner_set(owner, Gdk.SELECTION_CLIPBOARD, now):
        sys.exit("gtkpeer: the clipboard was not to be had")
    Gdk.Display.get_default().sync()
    print("owned", flush=True)
    Gtk.main()


def paste(target):
    clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
    selection = clipboard.wait_for_contents(Gdk.Atom.intern(target, False))
    if selection is None or selection.get_length() < 0:
        sys.exit(f"gtkpeer: the clipboard has no {target}")
    sys.stdout.buffer.write(selection.get_data() or b"")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "copy":
        copy(sys.argv[2:])
    else:
        paste(sys.argv[2])
