import os
import ssl

import aiohttp_jinja2
import jinja2
import jobs
from aiohttp import BasicAuth, ClientSession, WSMsgType, web

routes = web.RouteTableDef()
routes.static("/static", "static")


@routes.get("/")
async def index(request):
    return web.Response(text="aiohttp ok\n")


@routes.get("/list")
@aiohttp_jinja2.template("list.html")
async def listing(request):
    return {"title": "fruit bowl", "names": request.query.getall("n", [])}


@routes.get("/report")
async def report(request):
    response = web.json_response({"lines": await jobs.words("to be or not to be")})
    response.enable_compression()
    return response


@routes.post("/upload")
async def upload(request):
    field = await (await request.multipart()).next()
    return web.json_response({"name": field.filename, "size": len(await field.read())})


@routes.get("/echo")
async def echo(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data.upper())
    return socket


@routes.get("/fetch")
async def fetch(request):
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    async with ClientSession(auth=BasicAuth("ann", "secret")) as session:
        async with session.get(request.query["url"], ssl=trusting) as answer:
            return web.Response(text=await answer.text())


@routes.get("/private")
async def private(request):
    if request.headers.get("Authorization") != BasicAuth("ann", "secret").encode():
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Basic"})
    return web.Response(text="hello ann\n")


@routes.get("/shift")
async def shift(request):
    return web.Response(text=jobs.shift(request.query["time"], request.query["zone"]))


app = web.Application()
app.add_routes(routes)
aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader("templates"))
web.run_app(app, port=int(os.environ.get("PORT", "21101")))
