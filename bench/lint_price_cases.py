"""What ``lint_prices.py`` builds: for each rule a Dockerfile that it is about."""

from typing import NamedTuple

_FETCH = "curl -fsSLo /opt/data.tar.gz http://localhost:{port}/data.tar.gz"
_APT = "apt-get update && apt-get install -y --no-install-recommends"
_GONE = "rm -rf /var/lib/apt/lists/*"
_PIP = "pip install --index-url http://localhost:{wheels}/simple --trusted-host localhost"
_GEMS = f"""FROM corpus/base
RUN {_APT} ruby ruby-bundler && {_GONE}
WORKDIR /srv
COPY <<EOF library.gemspec
files = Dir["lib/**/*"]
Gem::Specification.new {{ |s| s.name, s.version, s.summary, s.author, s.files = "library", "1", "x", "x", files }}
EOF
RUN cp -r /usr/lib/ruby/3.1.0 lib && find lib -type l -delete && mkdir -p /gems/gems \\
 && gem build -o /gems/gems/library-1.gem library.gemspec && gem generate_index -d /gems
COPY <<EOF Gemfile
source "file:///gems"
gem "library"
EOF
RUN bundle install
"""


class Case(NamedTuple):
    """A rule and a Dockerfile that it is about, which its fix mends; ``mended`` is what its advice makes of it where
    there is no fix. ``released`` are bytes that its fix saves of the next release and not of the first.
    """

    rule: str
    text: str
    mended: str = ""
    released: bool = False


CASES = (
    Case("SHV101", f'FROM corpus/base\nRUN {_APT} curl\nCMD ["curl", "--version"]\n'),
    Case(
        "SHV102",
        f'FROM corpus/base\nRUN apt-get update && apt-get install -y git && {_GONE}\nCMD ["git", "--version"]\n',
    ),
    Case(
        "SHV103",
        "FROM corpus/base\nRUN apt-get update\nRUN apt-get install -y --no-install-recommends jq\n"
        'CMD ["jq", "--version"]\n',
    ),
    Case(
        "SHV108",
        f"FROM shave-bench/trixie\nRUN {_APT} gcc libc6-dev && {_GONE}\n"
        "RUN echo 'int main(){return 0;}' > /x.c && gcc -o /usr/local/bin/x /x.c\n"
        'RUN apt-get purge -y gcc libc6-dev && apt-get autoremove -y\nCMD ["x"]\n',
    ),
    # a wheel that pip makes itself, and wheels that it fetches
    Case(
        "SHV120",
        "FROM shave-bench/python\nARG PIP_TRUSTED_HOST\nRUN pip install --no-binary babel babel\n"
        'CMD ["pybabel", "--version"]\n',
    ),
    Case("SHV120", f'FROM shave-bench/python\nRUN {_PIP} pandas\nCMD ["python3", "-c", "import pandas"]\n'),
    Case(
        "SHV122",
        'FROM shave-bench/node\nRUN npm install -g --prefix /usr/local typescript webpack\nCMD ["tsc", "--version"]\n',
    ),
    # express would not do: a package of it looks whether one of jest's is there, which the proof has no answer to
    Case(
        "SHV123",
        """FROM shave-bench/node
WORKDIR /srv
COPY <<EOF package.json
{"name": "web", "dependencies": {"semver": "*"}, "devDependencies": {"typescript": "*", "webpack": "*", "jest": "*"}}
EOF
RUN npm install && npm cache clean --force
CMD ["node", "-e", "require('semver')"]
""",
    ),
    Case(
        "SHV124",
        """FROM shave-bench/node
WORKDIR /srv
COPY <<EOF package.json
{"name": "web", "dependencies": {"express": "*", "typescript": "*"}}
EOF
RUN npm install -g --prefix /usr/local yarn@1 && npm cache clean --force
RUN yarn config set registry https://registry.npmjs.org && yarn install --production
CMD ["node", "-e", "require('express')"]
""",
    ),
    Case("SHV125", _GEMS, _GEMS.replace("bundle install", "bundle install && rm -rf /var/lib/gems/*/cache")),
    Case(
        "SHV126",
        f"""FROM shave-bench/trixie
RUN {_APT} composer php-symfony-console php-guzzlehttp-guzzle && {_GONE}
WORKDIR /srv
COPY <<EOF composer.json
{{"repositories": [{{"packagist.org": false}},
  {{"type": "path", "url": "/packages/*", "options": {{"symlink": false}}}}],
 "require": {{"one/used": "*"}}, "require-dev": {{"one/tests": "*"}}}}
EOF
RUN mkdir -p /packages/used /packages/tests && cp -r /usr/share/php/GuzzleHttp /packages/used \\
 && cp -r /usr/share/php/Symfony /packages/tests \\
 && for each in used tests; do echo '{{"name": "one/'$each'", "version": "1.0"}}' > /packages/$each/composer.json; done
RUN COMPOSER_ALLOW_SUPERUSER=1 composer install
CMD ["php", "-r", "require 'vendor/autoload.php';"]
""",
    ),
    Case(
        "SHV127",
        f"FROM shave-bench/trixie\nRUN {_APT} golang-go && {_GONE}\nCOPY app/main.go app/go.mod /src/\n"
        'RUN cd /src && CGO_ENABLED=0 go build -o /usr/local/bin/hello .\nCMD ["hello"]\n',
    ),
    Case(
        "SHV128",
        "FROM shave-bench/python\nARG PIP_TRUSTED_HOST\nRUN pip install --no-cache-dir sympy\n"
        'CMD ["python3", "-c", "import sympy"]\n',
    ),
    Case(
        "SHV129",
        f"FROM shave-bench/python\nRUN {_PIP} --no-cache-dir --no-compile pandas\n",
        f"FROM shave-bench/python\nRUN {_PIP} --no-cache-dir --no-compile pandas \\\n"
        " && find / -xdev -path '*-packages/*' '(' -type d -name tests -o -name '*.a' -o -path '*/include/*.h' ')' \\\n"
        "    -prune -exec rm -rf {} +\n",
    ),
    Case(
        "SHV201",
        f"FROM shave-bench/trixie\nRUN {_APT} curl && {_GONE}\nRUN {_FETCH} && tar xzf /opt/data.tar.gz -C /srv\n"
        "RUN rm /opt/data.tar.gz\n",
    ),
    Case("SHV202", "FROM shave-bench/trixie\nCOPY . /srv/app\nRUN chown -R 1000:1000 /srv/app\n"),
    Case("SHV207", "FROM shave-bench/trixie\nCOPY . /srv/app\n"),
    Case(
        "SHV211",
        f"FROM shave-bench/trixie\nRUN {_APT} curl && {_GONE}\nRUN {_FETCH} && tar xzf /opt/data.tar.gz -C /srv\n",
    ),
    Case(
        "SHV215",
        f"FROM shave-bench/trixie\nRUN {_APT} gcc libc6-dev && {_GONE}\nCOPY app/x.c /src/\n"
        'RUN gcc -static -o /usr/local/bin/x /src/x.c\nCMD ["/usr/local/bin/x"]\n',
    ),
    Case("SHV218", "FROM scratch\nCOPY app/busybox /true\nCMD /true\n"),
    Case(
        "SHV219",
        f"FROM shave-bench/trixie AS build\nRUN {_APT} golang-go && {_GONE}\nCOPY app/main.go app/go.mod /src/\n"
        "RUN cd /src && CGO_ENABLED=0 go build -o /hello .\n"
        'FROM shave-bench/trixie\nCOPY --from=build /hello /usr/local/bin/\nCMD ["hello"]\n',
    ),
    Case(
        "SHV221",
        f"FROM corpus/base\nRUN {_APT} git && {_GONE}\n",
        "FROM corpus/base\nRUN cd /etc/dpkg/dpkg.cfg.d \\\n"
        " && printf 'path-exclude=/usr/share/%s/*\\n' doc man info locale > slim \\\n"
        " && printf 'path-include=/usr/share/%s\\n' 'doc/*/copyright' locale/locale.alias >> slim\n"
        f"RUN {_APT} git && {_GONE}\n",
    ),
    Case("SHV222", f'FROM corpus/base\nRUN {_APT} jq vim less && {_GONE}\nCMD ["jq", "--version"]\n'),
    Case(
        "SHV223",
        "FROM shave-bench/python\nARG PIP_TRUSTED_HOST\nWORKDIR /srv\nCOPY . .\n"
        'RUN pip install --no-cache-dir -r requirements.txt\nCMD ["python3", "app/main.py"]\n',
        released=True,
    ),
)
"""Those of which prices are estimates, and those that mend what does not run, are proven only."""
