#!/bin/sh
# Makes one virtual environment per peer, outside the repository, and prints where they are.
# usage: benchmarks/tables/peers.sh [mostlyai] [synthpop] [sdv]     (none named: all three)
# The peers are what genloop is compared with; none of them is a dependency of the product. SDV's licence is the BUSL:
# its environment is for this comparison only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home="${GENLOOP_BENCHMARKS:-${XDG_CACHE_HOME:-$HOME/.cache}/genloop-benchmarks}/peers"
python="${PYTHON:-python3.11}"
[ $# -gt 0 ] || set -- mostlyai synthpop sdv
for peer in "$@"; do
    wanted="$here/peers/$peer.txt"
    [ -f "$wanted" ] || { echo "no such peer: $peer; there are: mostlyai synthpop sdv" >&2; exit 2; }
    [ -d "$home/$peer" ] || "$python" -m venv "$home/$peer"
    # torch is pinned to the release with a small CPU build; point pip at that build's index where the default is CUDA's
    "$home/$peer/bin/pip" install --quiet --constraint "$here/peers/constraints.txt" --requirement "$wanted"
    # their builds from the default index are made for CUDA and break the small torch on import; tables need neither
    [ "$peer" != mostlyai ] || "$home/$peer/bin/pip" uninstall --quiet --yes torchvision torchaudio
    "$home/$peer/bin/pip" freeze --quiet > "$home/$peer/versions.txt"
    echo "$home/$peer"
done
