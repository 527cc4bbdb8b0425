from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def at(second: int = 0, zone: str = "UTC") -> dict[str, str]:
    return {"time": datetime.fromtimestamp(second, UTC).astimezone(ZoneInfo(zone)).isoformat()}
