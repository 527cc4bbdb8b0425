"""Languages for which no last stage is made here: what builds them, and what their builds can be copied to."""

from shave.staging.protocol import Building, Language, Refused

_ANY = frozenset[str]()
_BUILD = frozenset({"build", "run"})


def _language(name: str, where: str, **tools: frozenset[str]) -> Language:
    def runtime(building: Building) -> Refused:
        return Refused(f"of {name} only its author knows what runs: copy {where}")

    return Language(name, tools, (), runtime)


OTHERS = (
    # "run" and "watch" build, too: an image that starts them is there for that
    _language(
        ".NET",
        "what dotnet publish makes onto mcr.microsoft.com/dotnet/aspnet or runtime",
        dotnet=frozenset({"build", "publish", "run", "watch"}),
    ),
    _language("Swift", "the program onto swift:slim, or link it with -static-stdlib", swift=_BUILD),
    _language(
        "Haskell",
        "the program onto debian:stable-slim, with libgmp10",
        stack=frozenset({"build", "install", "run"}),
        cabal=frozenset({"build", "install", "run", "v2-build", "v2-install", "new-build", "new-install"}),
        ghc=_ANY,
    ),
    _language(
        "Elixir or Erlang",
        "the release, which has its runtime, onto debian:stable-slim",
        mix=frozenset({"release", "compile", "phx.server", "run"}),
        rebar3=frozenset({"release", "tar", "escriptize", "shell"}),
    ),
    _language("Scala", "the assembly onto a JRE", sbt=frozenset({"assembly", "stage", "dist", "package", "run"})),
    _language("Clojure", "the uberjar onto a JRE", lein=frozenset({"uberjar", "run"})),
    _language("Dart", "what dart compile exe makes onto scratch, with /runtime", dart=frozenset({"compile", "run"})),
    _language("Crystal", "the program onto debian:stable-slim", crystal=_BUILD, shards=_BUILD),
    _language("Zig", "the program", zig=frozenset({"build", "build-exe", "run"})),
)
