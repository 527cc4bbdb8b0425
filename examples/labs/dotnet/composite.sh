#!/bin/bash
# composite.sh FRAMEWORK...: these frameworks of the SDK below /composite, their code as one composite beside the last of
# them, compiled against the SDK's other frameworks. The runtime's own program comes with the first framework.
set -euo pipefail
root=/usr/share/dotnet
tools=(/root/.nuget/packages/microsoft.netcore.app.crossgen2.linux-x64/*/tools)
crossgen2=("${tools[0]}/crossgen2")
[ -e "${tools[0]}/crossgen2.dll" ] && crossgen2=(dotnet "${tools[0]}/crossgen2.dll")

mkdir -p /composite/shared /work
for framework in "$@"; do cp -a "$root/shared/$framework" /composite/shared; done
[ -d /composite/shared/Microsoft.NETCore.App ] && cp -a "$root/dotnet" "$root/host" /composite
references=()
for place in "$root"/shared/*; do
    [ -d "/composite/shared/${place##*/}" ] || references+=(-r "$place/*/*.dll")
done
composite="${*: -1}.r2r.dll"
"${crossgen2[@]}" --composite --inputbubble -O --targetos:linux --targetarch:x64 "${references[@]}" \
    -o "/work/$composite" /composite/shared/*/*/*.dll
# what was compiled stands for what it was compiled from, in its framework
for assembly in /composite/shared/*/*/*.dll; do
    [ ! -e "/work/${assembly##*/}" ] || mv "/work/${assembly##*/}" "$assembly"
done
mv "/work/$composite" "/composite/shared/${*: -1}"/*/
