"""What shave lint looks for in Dockerfiles. A rule is one file here; this list is the whole family, by id."""

from shave.rules import (
    apk_cache,
    apk_virtual,
    apt_archives,
    apt_command,
    apt_lists,
    apt_many,
    apt_recommends,
    apt_update_alone,
    apt_upgrade,
    build_caches,
    build_packages,
    bundler_cache,
    cannot_run,
    compiled_python,
    composer_development,
    conda_cache,
    copied_archive,
    copied_packages,
    copy_everything,
    dependencies_late,
    dnf_cache,
    documentation,
    git_history,
    high_user,
    large_base,
    later_change,
    later_delete,
    later_owner,
    left_downloads,
    many_layers,
    node_development,
    npm_cache,
    pip_cache,
    refused,
    shipped_extras,
    single_stage,
    split_archive,
    split_runs,
    stray_tools,
    unstripped,
    uv_cache,
    weak_dependencies,
    whole_context,
    yarn_cache,
    yum_cache,
    zypper_cache,
)
from shave.rules.protocol import Look, Rule

RULES: tuple[Rule, ...] = (
    refused.RULE,  # 001
    apt_lists.RULE,  # 101
    apt_recommends.RULE,  # 102
    apt_update_alone.RULE,  # 103
    apt_upgrade.RULE,  # 104
    apt_command.RULE,  # 105
    apt_archives.RULE,  # 106
    apt_many.RULE,  # 107
    build_packages.RULE,  # 108
    apk_cache.RULE,  # 110
    apk_virtual.RULE,  # 111
    yum_cache.RULE,  # 112
    dnf_cache.RULE,  # 113
    zypper_cache.RULE,  # 114
    weak_dependencies.RULE,  # 115
    conda_cache.RULE,  # 116
    pip_cache.RULE,  # 120
    uv_cache.RULE,  # 121
    npm_cache.RULE,  # 122
    node_development.RULE,  # 123
    yarn_cache.RULE,  # 124
    bundler_cache.RULE,  # 125
    composer_development.RULE,  # 126
    build_caches.RULE,  # 127
    compiled_python.RULE,  # 128
    shipped_extras.RULE,  # 129
    later_delete.RULE,  # 201
    later_owner.RULE,  # 202
    later_change.RULE,  # 203
    split_runs.RULE,  # 204
    many_layers.RULE,  # 205
    copy_everything.RULE,  # 206
    whole_context.RULE,  # 207
    copied_packages.RULE,  # 208
    split_archive.RULE,  # 209
    copied_archive.RULE,  # 210
    left_downloads.RULE,  # 211
    high_user.RULE,  # 213
    git_history.RULE,  # 214
    single_stage.RULE,  # 215
    large_base.RULE,  # 217
    cannot_run.RULE,  # 218
    unstripped.RULE,  # 219
    documentation.RULE,  # 221
    stray_tools.RULE,  # 222
    dependencies_late.RULE,  # 223
)

__all__ = ["RULES", "Look", "Rule"]
