import asyncio
import os
from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, Form, HTTPException, Request, UploadFile, WebSocket
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import PlainTextResponse, StreamingResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from fastapi.templating import Jinja2Templates
from models import Item, store

app = FastAPI(title="Shop")
app.add_middleware(GZipMiddleware, minimum_size=100)
templates = Jinja2Templates(directory="templates")


@app.get("/", response_class=PlainTextResponse)
def index():
    return os.environ.get("GREETING", "fastapi ok")


@app.put("/items/{name}")
def put(name: str, item: Item, later: BackgroundTasks):
    later.add_task(store.__setitem__, name, item)
    return item


@app.get("/items/{name}")
def show(name: str, request: Request):
    if name not in store:
        raise HTTPException(404, f"no {name}")
    return templates.TemplateResponse(request, "item.html", {"name": name, "price": store[name].price})


@app.post("/login")
def login(user: Annotated[str, Form()], file: UploadFile):
    return {"user": user, "bytes": len(file.file.read())}


@app.get("/me")
def me(who: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]):
    return who.username


@app.get("/count")
async def count(to: int = 3):
    async def numbers():
        for number in range(to):
            await asyncio.sleep(0)
            yield f"data: {number}\n\n"

    return StreamingResponse(numbers(), media_type="text/event-stream")


@app.websocket("/chat")
async def chat(socket: WebSocket):
    await socket.accept()
    await socket.send_json({"said": await socket.receive_text()})
    await socket.close()
