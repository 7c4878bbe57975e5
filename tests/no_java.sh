#!/usr/bin/env bash
# Shows that a machine without Java is enough: `make demo` and `make test` in a fresh clone where no `java` is found.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A PATH with every program of this machine but Java's.
mkdir "$work/bin" "$work/cache"
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
  for program in "$folder"/*; do
    name=${program##*/}
    case $name in
      java | javac | jar | jshell | jlink | jcmd | jps | keytool) ;;
      *) [[ -x $program && ! -e $work/bin/$name ]] && ln -s "$program" "$work/bin/$name" ;;
    esac
  done
done

export PATH=$work/bin FEAT_CACHE=$work/cache
unset JAVA_HOME JDK_HOME JRE_HOME FEAT_JAVA VIRTUAL_ENV

if command -v java; then
  echo "java is found: this shows nothing"
  exit 2
fi
[[ -z $(ls -A "$FEAT_CACHE") ]] || { echo "the cache is not empty"; exit 2; }
echo "== no java in PATH, no JAVA_HOME, an empty cache"

git clone --quiet "$root" "$work/clone"
cd "$work/clone"
git log -1 --format='== a clone of %h %s'
for target in demo test; do
  start=$SECONDS
  make "$target" </dev/null
  echo "== make $target without Java: $((SECONDS - start)) s"
done
