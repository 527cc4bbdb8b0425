"""npm, yarn or pnpm install what only development needs.

What: a RUN of the image installs the packages of an application with those of `devDependencies`.

Why: test runners, bundlers and compilers are often more than half of `node_modules`.

Where a later step of the stage builds with them, they must be there at first: build in an earlier stage, or end with
`npm prune --omit=dev` in the same RUN. Else the fix is to leave them out; it is not safe, as a program may have such a
package in use by mistake.

Bad:

    FROM node:20
    COPY package.json package-lock.json ./
    RUN npm ci && npm cache clean --force
    COPY . .
    CMD ["node", "server.js"]

Good:

    FROM node:20
    COPY package.json package-lock.json ./
    RUN npm ci --omit=dev && npm cache clean --force
    COPY . .
    CMD ["node", "server.js"]

Bad, without a fix, as the build needs them:

    FROM node:20
    COPY . .
    RUN npm ci && npm run build && npm cache clean --force

Good, as they are taken away again:

    FROM node:20
    COPY . .
    RUN npm ci && npm run build && npm prune --omit=dev && npm cache clean --force

Good, as the environment says it:

    FROM node:20
    ENV NODE_ENV=production
    COPY . .
    RUN npm ci && npm cache clean --force

Good, as it is an image to develop in:

    FROM node:20
    COPY . .
    RUN npm ci && npm cache clean --force
    CMD ["npm", "run", "dev"]

Good, as a tool is installed and no application:

    FROM node:20
    RUN npm install -g pm2 && npm cache clean --force

Bad, as what another stage installed is copied:

    FROM node:20 AS build
    WORKDIR /app
    COPY package.json package-lock.json ./
    RUN npm ci
    COPY . .
    RUN npm run build
    FROM node:20-slim
    COPY --from=build /app /app
    CMD ["node", "/app/dist/server.js"]

Good, as they are taken away at the end of that stage:

    FROM node:20 AS build
    WORKDIR /app
    COPY package.json package-lock.json ./
    RUN npm ci
    COPY . .
    RUN npm run build && npm prune --omit=dev
    FROM node:20-slim
    COPY --from=build /app /app
    CMD ["node", "/app/dist/server.js"]

Good, as only what was built is copied:

    FROM node:20 AS build
    WORKDIR /app
    COPY . .
    RUN npm ci && npm run build
    FROM nginx:1
    COPY --from=build /app/dist /usr/share/nginx/html

Source: npm-ci(1) and npm-install(1), omit; Yarn 1, yarn install --production; pnpm install --prod; npm-prune(1)
"""

import re
from collections.abc import Iterator
from posixpath import join

from shave.directories import absolute
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import inserted
from shave.rules.carried import with_carried
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.settings import said
from shave.rules.yarn_cache import is_later

_INSTALLS = {
    "npm": frozenset({"ci", "install", "i", "clean-install"}),
    "yarn": frozenset({"install", ""}),
    "pnpm": frozenset({"install", "i"}),
}
_OPTIONS = {"npm": "--omit=dev", "yarn": "--production", "pnpm": "--prod"}
_SAID = ("--omit", "--production", "--only", "--prod", "-P", "-g", "--global", "--location", "--dev", "-D", "--include")
_LEAVING = ("--omit", "--production", "--prod", "--only")
_VARIABLES = {
    "NODE_ENV": frozenset({"", "production"}),
    "NPM_CONFIG_ONLY": frozenset({"", "production", "prod"}),
    "NPM_CONFIG_OMIT": frozenset({"", "dev"}),
    "npm_config_omit": frozenset({"", "dev"}),
    "NPM_CONFIG_PRODUCTION": frozenset({"", "true", "1"}),
}
"""What leaves them out; "" is what only a build knows."""
_DEVELOPS = re.compile(r"dev|watch|test|storybook|nodemon|ts-node|tsx|jest|lint", re.IGNORECASE)
_RECORDED = ("**/node_modules/**",)
"""npm writes there what each package is for; others do not."""
_BUILDERS = frozenset(
    {"npx", "tsc", "webpack", "vite", "ng", "next", "gulp", "grunt", "rollup", "esbuild", "jest", "turbo", "nx"}
)
_STARTERS = frozenset({"npm", "yarn", "pnpm", "npx", "nodemon", "ts-node", "tsx", "jest", "node"})
_STARTS = frozenset({"ci", "install", "i", "clean-install", "", "cache", "config", "set", "prune", "audit", "version"})


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each call whose packages come into the image, of an application, if nothing takes the others away again."""
    if not _develops(recipe):
        yield from with_carried(_look, recipe, known, _modules, lambda run, _: _leaves_out(run))


def _look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    for step in recipe.runs:
        installs = [call for call in step.calls if _installs(call)]
        if installs and not _prunes(step):
            yield from (_finding(recipe, step, call) for call in installs if not _is_production(recipe, step, call))


def _installs(call: Call) -> bool:
    """Whether it installs what package.json says: with a package's name it adds this one."""
    is_meant = call.verb in _INSTALLS.get(call.tool, ())
    return is_meant and not call.targets and not call.has(*_SAID, "--version")


def _is_production(recipe: Recipe, step: Step, call: Call) -> bool:
    return any(said(recipe, step, call, name) in values for name, values in _VARIABLES.items())


def _develops(recipe: Recipe) -> bool:
    """Whether the image starts what is there to develop."""
    starts = (step for step in recipe.steps if step.stage in recipe.shipped and step.keyword in ("CMD", "ENTRYPOINT"))
    words = (word for step in starts for call in step.calls if call.tool in _STARTERS for word in call.words)
    return any(_DEVELOPS.search(word) for word in words if word)


def _prunes(step: Step) -> bool:
    return any(
        (call.tool in ("npm", "pnpm") and call.verb == "prune")
        or (call.tool == "yarn" and call.has("--production", "--prod"))
        for call in step.calls
    )


def _leaves_out(step: Step) -> bool:
    """Whether a later RUN takes them away, or installs anew without them."""
    return _prunes(step) or any(call.tool in _INSTALLS and call.has(*_LEAVING) for call in step.calls)


def _modules(step: Step, call: Call, here: str | None) -> str | None:
    """Where a call puts packages."""
    return absolute(join(call.value("--prefix", "--dir", "-C", "--cwd") or "", "node_modules"), here)


def _last_build(recipe: Recipe) -> int:
    """The last step with a command that may need what is for development."""
    steps = (step for step in recipe.steps if step.stage in recipe.shipped and any(map(_builds, step.calls)))
    return max((step.number for step in steps), default=-1)


def _builds(call: Call) -> bool:
    return call.tool in _BUILDERS or (call.tool in _INSTALLS and call.verb not in _STARTS and call.verb != "start")


def _finding(recipe: Recipe, step: Step, call: Call) -> LintFinding:
    option = _OPTIONS[call.tool]
    is_later_yarn = call.tool == "yarn" and recipe.once(is_later)
    instead = "use yarn workspaces focus --production" if is_later_yarn else f"give {option}"
    can_edit = not is_later_yarn and recipe.once(_last_build) < step.number
    edit = inserted(call, call.plain[0] if call.plain else 0, option) if can_edit else None
    return LintFinding(
        "SHV123",
        "warning",
        "packages that only development needs are installed",
        step.number,
        call.start,
        call.end,
        advice=f"{instead}, or build in an earlier stage and copy what it made",
        fix=Fix(f"give {option}", (edit,), is_safe=False) if edit else None,
        about=About("development", (step.number,), _RECORDED) if call.tool == "npm" else None,
    )


RULE = Rule("SHV123", "npm, yarn or pnpm install what only development needs", "warning", (), look)
