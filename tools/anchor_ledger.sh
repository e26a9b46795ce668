#!/bin/sh
# Keeps the state of a run's ledger in a git tag, where rewriting the ledger cannot reach it.
#
#   anchor_ledger.sh keep  RUN TAG            sign the ledger as it is now, and put the note into the annotated tag
#   anchor_ledger.sh check RUN TAG KEY        is the ledger still the one of the tag, or an extension of it?
#
# Run it in the repository that holds the tag. A tag is worth what its copies are worth: push it, `git push origin TAG`,
# to where whoever holds the ledger's key cannot move it. ASSAY names the command, by default `assay`.
set -eu

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

[ $# -ge 3 ] || usage
run=$2 tag=$3
assay=${ASSAY:-assay}
note=$(mktemp)
trap 'rm -f "$note"' EXIT

case $1 in
keep)
    [ $# -eq 3 ] || usage
    $assay ledger checkpoint "$run" -o "$note" >/dev/null
    git tag -a "$tag" --cleanup=verbatim -F "$note"
    echo "$tag: $(sed -n 1p "$note"), $(sed -n 2p "$note") entries. Now: git push origin $tag"
    ;;
check)
    [ $# -eq 4 ] || usage
    [ "$(git cat-file -t "refs/tags/$tag")" = tag ] || {
        echo "$tag: not an annotated tag" >&2
        exit 2
    }
    git cat-file tag "refs/tags/$tag" | sed '1,/^$/d' >"$note"
    $assay ledger verify "$run" --key "$4" --checkpoint "$note"
    ;;
*) usage ;;
esac
