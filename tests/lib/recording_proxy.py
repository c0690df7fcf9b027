"""Carries TCP connections to a server and keeps every byte of both directions, as somebody on the line would.

    recording_proxy.py SERVER-PORT CAPTURE PORT-FILE     until it is ended; its own port is written to PORT-FILE"""
import asyncio
import sys


async def carry(reader, writer, capture):
    try:
        while block := await reader.read(65536):
            capture.write(block)
            capture.flush()
            writer.write(block)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main(server_port, capture_path, port_path):
    with open(capture_path, "wb") as capture:
        async def on_client(reader, writer):
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", server_port)
            await asyncio.gather(carry(reader, server_writer, capture), carry(server_reader, writer, capture))

        server = await asyncio.start_server(on_client, "127.0.0.1", 0)
        with open(port_path, "w", encoding="ascii") as file:
            file.write(str(server.sockets[0].getsockname()[1]))
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
