"""The examples are what Kubernetes takes; the profile they name is the one that shave writes.

The Compose file was held against compose-go's own loader when it was written; here its few lines are read.
"""

from pathlib import Path

import kubernetes_validate
import yaml

from shave import config, spec_file

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"


def test_daemonset() -> None:
    documents = list(yaml.safe_load_all((EXAMPLES / "daemonset.yaml").read_text()))
    assert [found["kind"] for found in documents] == ["DaemonSet", "Pod"]
    for found in documents:
        kubernetes_validate.validate(found, kubernetes_validate.latest_version(), strict=True)
    tracer, pod = (found["spec"] for found in documents)
    (shave,) = tracer["template"]["spec"]["containers"]
    socket = next(word for word in shave["args"] if word.startswith("--attach=")).removeprefix("--attach=")
    profile = pod["containers"][0]["securityContext"]["seccompProfile"]["localhostProfile"]
    assert Path("/var/lib/kubelet/seccomp", profile) == Path(socket).with_suffix(".json")
    assert shave["volumeMounts"][0]["mountPath"] == tracer["template"]["spec"]["volumes"][0]["hostPath"]["path"]


def test_compose() -> None:
    text = (EXAMPLES / "compose.yaml").read_text()
    (service,) = yaml.safe_load(text)["services"].values()
    (security,) = service["security_opt"]
    assert f"--attach {Path(security.removeprefix('seccomp:')).with_suffix('.sock')}" in text


def test_what_the_demo_builds_is_asked_what_it_slims_is_asked() -> None:
    built, slimmed = spec_file.load(ROOT / "bench/demo/shop.toml"), config.load(ROOT / "bench/demo/shave.toml")
    assert (built.run, built.probes) == (slimmed.run, slimmed.probes)
