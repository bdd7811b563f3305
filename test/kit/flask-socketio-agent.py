"""A real python-socketio client (aiohttp), configured as agents in the field are. Prints JSON lines of what happens.

Options come as JSON in argv[1]: url, headers, reconnectionDelay, transports. Commands come as JSON lines on stdin:
{"id", "event", "payload"}; the acknowledgement is printed as {"event": "answer", "id", "payload"}.
A Socket.IO disconnect or an Engine.IO close from the server is printed as "lethal".
"""
import asyncio
import json
import sys

import engineio
import socketio

options = json.loads(sys.argv[1])
delay = options.get("reconnectionDelay", 5)
client = socketio.AsyncClient(
    reconnection=True, reconnection_attempts=0, reconnection_delay=delay, reconnection_delay_max=delay
)


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


receive = client.eio._receive_packet


async def watched(packet):
    text = packet.data if isinstance(packet.data, str) else ""
    if packet.packet_type == engineio.packet.CLOSE or (
        packet.packet_type == engineio.packet.MESSAGE and text.startswith("1")
    ):
        tell("lethal", type=packet.packet_type, text=text)
    await receive(packet)


client.eio._receive_packet = watched


@client.event
async def connect():
    tell("connected", transport=client.transport())


@client.event
async def disconnect():
    tell("disconnected")


@client.event
async def connect_error(_data):
    tell("connect_error")


@client.on("welcome")
async def welcome(payload):
    tell("welcome", **payload)


async def commands():
    reader = asyncio.StreamReader(limit=16_000_000)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        try:
            answer = await client.call(command["event"], command["payload"], timeout=10)
            tell("answer", id=command["id"], payload=answer)
        except socketio.exceptions.SocketIOError as error:
            tell("answer", id=command["id"], failed=repr(error))


async def main():
    # Kept, since the loop holds tasks by weak references only: one that nobody keeps is collected midway.
    reader = asyncio.create_task(commands())
    while True:
        try:
            await client.connect(
                options["url"],
                headers=options.get("headers", {}),
                transports=options.get("transports", ["websocket"]),
                wait_timeout=1,
            )
            break
        except socketio.exceptions.ConnectionError:
            await asyncio.sleep(delay)
    # The library's wait also ends by mistake, when a reconnection is quicker or slower than the second that it allows:
    # an agent has given up only when it is neither connected nor trying to be.
    while True:
        await client.wait()
        if not client.connected and client._reconnect_task is None:
            break
        await asyncio.sleep(0.05)
    reader.cancel()
    tell("gave_up")


asyncio.run(main())
