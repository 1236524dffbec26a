# The compact model is trained here, from the corpus in models/compact; the same corpus gives the same model.

say 'training the compact model, if it is not current'
.venv/bin/python -P -m models.compact.train --if-stale >.venv/train.log 2>&1 ||
  fail "the compact model could not be trained: $(tail -n 1 .venv/train.log)" "read .venv/train.log"

# With words that an enterprise has added, where there are any: the model that passes its suites counts.
[ "$command" = test ] || .venv/bin/appliance models train --if-stale >.venv/train-own.log 2>&1 ||
  say "words of your own were not trained, the product's own model counts: read .venv/train-own.log"
