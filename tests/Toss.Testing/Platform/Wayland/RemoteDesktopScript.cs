namespace Toss.Testing.Platform.Wayland;

/// <summary>
/// The user of a headless mutter: owns and reads its selection through org.gnome.Mutter.RemoteDesktop. Python, because
/// descriptors travel on that bus and .NET has no library here that passes them. A line in, a line out.
/// </summary>
internal static class RemoteDesktopScript
{
    public const string Text = """
        import base64, os, sys, threading
        import gi
        gi.require_version('Gio', '2.0')
        from gi.repository import Gio, GLib

        NAME = 'org.gnome.Mutter.RemoteDesktop'
        bus = Gio.bus_get_sync(Gio.BusType.SESSION)

        def call(path, interface, method, arguments=None):
            return bus.call_sync(NAME, path, interface, method, arguments, None, 0, 30000, None)

        def call_for_descriptor(method, arguments):
            answer, descriptors = bus.call_with_unix_fd_list_sync(
                NAME, session, SESSION, method, arguments, None, 0, 30000, None, None)
            return descriptors.get(answer.unpack()[0])

        session = call('/org/gnome/Mutter/RemoteDesktop', NAME, 'CreateSession').unpack()[0]
        SESSION = NAME + '.Session'
        content, types = {}, []

        def write(serial, mime):
            descriptor = call_for_descriptor('SelectionWrite', GLib.Variant('(u)', (serial,)))
            with os.fdopen(descriptor, 'wb') as pipe:
                try:
                    pipe.write(content.get(mime, b''))
                except BrokenPipeError:
                    pass
            call(session, SESSION, 'SelectionWriteDone', GLib.Variant('(ub)', (serial, True)))

        def heard(connection, sender, path, interface, signal, arguments):
            if signal == 'SelectionTransfer':
                mime, serial = arguments.unpack()
                threading.Thread(target=write, args=(serial, mime), daemon=True).start()
            elif signal == 'SelectionOwnerChanged':
                options = arguments.unpack()[0]
                types[:] = list(options.get('mime-types', ((),))[0]) if options.get('mime-types') else []

        def answer(line):
            words = line.split()
            if words[0] == 'copy':
                content.clear()
                content[words[1]] = base64.b64decode(words[2]) if len(words) > 2 else b''
                call(session, SESSION, 'SetSelection',
                     GLib.Variant('(a{sv})', ({'mime-types': GLib.Variant('as', [words[1]])},)))
                return 'done'
            if words[0] == 'paste':
                descriptor = call_for_descriptor('SelectionRead', GLib.Variant('(s)', (words[1],)))
                os.set_blocking(descriptor, True)
                with os.fdopen(descriptor, 'rb') as pipe:
                    return base64.b64encode(pipe.read()).decode()
            return ' '.join(types)

        def ask():
            for line in sys.stdin:
                print(answer(line), flush=True)
            loop.quit()

        bus.signal_subscribe(None, SESSION, None, session, None, 0, heard)
        call(session, SESSION, 'Start')
        call(session, SESSION, 'EnableClipboard', GLib.Variant('(a{sv})', ({},)))
        loop = GLib.MainLoop()
        threading.Thread(target=ask, daemon=True).start()
        loop.run()

        """;
}
