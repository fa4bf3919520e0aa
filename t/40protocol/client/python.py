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
    ['y' * 100_000, bytes(100_000)],
] + [[i] for i in range(40)]


def story(url, transports):
    client = socketio.Client(reconnection=False)
    heard, custom = queue.Queue(), queue.Queue()

    # it begins a thread for each message, and on a busy machine attachments
    # overtake their event there
    trigger = client.eio._trigger_event
    client.eio._trigger_event = lambda event, *args, **_: trigger(
        event, *args, run_async=False)

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

    got = [heard.get(timeout=SECONDS) for _ in MESSAGES]
    assert got == MESSAGES, got

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
