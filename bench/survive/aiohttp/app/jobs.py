import asyncio
import datetime
import zoneinfo


async def words(text):
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_shell("tr ' ' '\\n' | sort | uniq -c", stdin=pipe, stdout=pipe)
    output, _ = await child.communicate(text.encode() + b"\n")
    return [" ".join(line.split()) for line in output.decode().splitlines()]


def shift(time, zone):
    return datetime.datetime.fromisoformat(time).astimezone(zoneinfo.ZoneInfo(zone)).isoformat()
