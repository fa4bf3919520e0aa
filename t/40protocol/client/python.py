#!/usr/bin/python3
"""
Debian's python3-socketio: `python.py URL`, of a server with diagnostics, over
each transport.  A check is a line "ok TEXT" or "not ok TEXT" (Chat::Node).
"""

import queue
import sys
import traceback

import socketio

SECONDS = 60

MODES = {
    'websocket': ['websocket'],
    'polling': ['polling'],
    'upgrade': ['polling', 'websocket'],
}

MESSAGES = [
    [1, '2', {'3': [True, None]}],
    ['h\u00e9\u6f22\U0001f600"\\\n'],
    [bytes(range(256))],
    [{'a': b'\x00\xff', 'b': [b'', 'text']}, 'behind'],
    ['y' * 200_000, bytes(100_000)],
] + [[i] for i in range(40)]


def story(url, transports):
    client = socketio.Client(reconnection=False)
    heard, custom = queue.Queue(), queue.Queue()

    client.on('auth', lambda *args: heard.put(list(args)))
    client.on('message-back', lambda *args: heard.put(list(args)))
    client.on('auth', lambda *args: custom.put(list(args)), namespace='/custom')

    client.connect(url, transports=transports, auth={'name': 'h\u00e9'},
                   namespaces=['/', '/custom'], wait_timeout=SECONDS)

    for greeting in heard, custom:
        got = greeting.get(timeout=SECONDS)
        assert got == [{'name': 'h\u00e9'}], got

    for args in MESSAGES:
        client.emit('message', tuple(args))

    # each event is handled in a thread of its own: the order is not the wire's
    got = [heard.get(timeout=SECONDS) for _ in MESSAGES]
    assert sorted(map(repr, got)) == sorted(map(repr, MESSAGES)), got

    for args in MESSAGES:
        answer = client.call('message-with-ack', tuple(args), timeout=SECONDS)
        assert answer == (args[0] if len(args) == 1 else tuple(args)), answer

    assert client.transport() == transports[-1], client.transport()
    client.disconnect()


for name, transports in MODES.items():
    try:
        story(sys.argv[1], transports)
        print(f'ok python3-socketio, {name}')
    except Exception:
        print(f'not ok python3-socketio, {name}')
        traceback.print_exc()
