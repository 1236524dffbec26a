"""The auditor's witness: signs what continues the log it has seen, and nothing else, whoever holds the log's key."""

import ast
import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from security.audit import merkle, witness
from security.audit.proofs import CONSISTENCY, INCLUSION, consistency, inclusion
from security.audit.witness import Key, Refused, Witness
from security.errors import RecordRefused
from tests.full_disk import full_disk
from tests.security.audit.made_log import MadeLog, Signer, event
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("A3", "A4", "A6")

NOW_S = 1_795_000_000


def grown(action: str = "refund.propose") -> MadeLog:
    """A log with a checkpoint after each record: its whole history."""
    made = MadeLog().checkpoint()
    for number in range(40):
        made.add(event(action, req=str(number))).checkpoint()
    return made


HONEST, FORGED = grown(), grown("refund.deny")


def proof(size: int, old: int, made: MadeLog = HONEST) -> str:
    hashes = [base64.b64encode(each).decode() for each in merkle.consistency_proof(made.leaves[:size], old)]
    return "\n".join([CONSISTENCY, f"old {old}", *hashes, "", made.notes[size]])


@pytest.fixture
def mine(tmp_path: Path) -> Witness:
    return Witness.create(tmp_path / "state", "auditor.example", [MadeLog().first_key])


def test_it_imports_nothing_of_the_product() -> None:
    tree = ast.parse(Path(witness.__file__).read_text(encoding="utf-8"))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert modules - {"cryptography"} <= sys.stdlib_module_names


def test_a_full_disk_leaves_no_half_witness_in_the_way(tmp_path: Path) -> None:
    log_keys = [MadeLog().first_key]
    with full_disk(), pytest.raises(OSError, match="too large"):
        Witness.create(tmp_path / "state", "auditor.example", log_keys)
    assert Witness.create(tmp_path / "state", "auditor.example", log_keys).verifier_key


def test_a_log_that_grows_is_signed_each_time(mine: Witness) -> None:
    seen = 0
    for size in (1, 2, 3, 7, 8, 8, 20, 33):
        note = mine.watch(proof(size, seen), NOW_S)
        assert note.count("\u2014 ") == 2
        seen = size
    assert mine.size == 33


def test_its_signature_is_a_cosignature_as_the_specification_writes_it(mine: Witness) -> None:
    note = mine.watch(proof(3, 0), NOW_S)
    body, _, signatures = note.rpartition("\n\n")
    _, name, encoded = signatures.splitlines()[1].split(" ")
    signature, key = base64.b64decode(encoded), base64.b64decode(mine.verifier_key.split("+", 2)[2])
    assert (name, key[:1], signature[:4].hex()) == ("auditor.example", b"\x04", mine.verifier_key.split("+")[1])
    assert int.from_bytes(signature[4:12]) == NOW_S
    signed = f"cosignature/v1\ntime {NOW_S}\n{body}\n".encode()
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[12:], signed)


def test_it_remembers_when_it_is_started_again(mine: Witness, tmp_path: Path) -> None:
    mine.watch(proof(9, 0), NOW_S)
    again = Witness(tmp_path / "state")
    with pytest.raises(Refused, match="old one"):
        again.watch(proof(8, 0), NOW_S)
    assert again.watch(proof(12, 9), NOW_S)


def test_a_history_rewritten_with_the_logs_own_key_is_refused(mine: Witness) -> None:
    mine.watch(proof(9, 0), NOW_S)
    for old in (0, 5, 9):
        with pytest.raises(Refused):
            mine.watch(proof(20, old, FORGED), NOW_S)
    assert mine.size == 9


def test_two_histories_of_one_size_are_never_both_signed(mine: Witness) -> None:
    mine.watch(proof(9, 0), NOW_S)
    with pytest.raises(Refused):
        mine.watch(proof(9, 9, FORGED), NOW_S)


def test_another_key_or_another_log_is_refused(mine: Witness) -> None:
    stranger = MadeLog(Signer(b"x")).checkpoint().add(event()).checkpoint()
    with pytest.raises(Refused, match="not signed"):
        mine.watch(proof(1, 0, stranger), NOW_S)
    with pytest.raises(Refused, match="another log"):
        mine.trust([Key("elsewhere", bytes(32)).text(b"\x01")])


@pytest.mark.control("A6")
def test_a_proof_changed_at_any_character_is_refused(mine: Witness) -> None:
    mine.watch(proof(5, 0), NOW_S)
    text = proof(21, 5)
    for at in range(text.index("\u2014")):
        changed = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        with pytest.raises((Refused, ValueError)):
            mine.watch(changed, NOW_S)
    assert mine.size == 5


def test_a_later_key_is_taken_up_only_by_whoever_holds_the_witness(mine: Witness, tmp_path: Path) -> None:
    later = MadeLog(Signer(b"n")).checkpoint().add(event()).checkpoint()
    with pytest.raises(Refused):
        mine.watch(proof(1, 0, later), NOW_S)
    mine.trust([later.first_key])
    assert Witness(tmp_path / "state").watch(proof(1, 0, later), NOW_S)


OLD, NEW = Signer(b"s"), Signer(b"n")
OLD_KEY, NEW_KEY = OLD.verifier_key, NEW.verifier_key


def changed() -> MadeLog:
    """Checkpoints over 1 and 2 records by the old key, over 3 by the new one; over 4 by the stolen old one again."""
    made = MadeLog(OLD).checkpoint()
    for signer in (OLD, OLD, NEW, OLD):
        made.signer = signer
        made.add(event()).checkpoint()
    return made


CHANGED = changed()


def included(size: int) -> str:
    hashes = [base64.b64encode(each).decode() for each in merkle.inclusion_proof(CHANGED.leaves[:size], 0)]
    record = base64.b64encode(CHANGED.raws[0]).decode()
    return "\n".join([INCLUSION, f"extra {record}", "index 0", *hashes, "", CHANGED.notes[size]])


def test_a_retired_key_signs_nothing_more(mine: Witness, tmp_path: Path) -> None:
    mine.watch(proof(1, 0, CHANGED), NOW_S)
    mine.trust([OLD_KEY, NEW_KEY])
    for witnessing in (mine, Witness(tmp_path / "state")):
        with pytest.raises(Refused, match="given up"):
            witnessing.watch(proof(2, 1, CHANGED), NOW_S)
        with pytest.raises(Refused, match="given up"):
            witness.check_inclusion(included(2), witnessing.keys, witnessing.retired)
    mine.watch(proof(3, 1, CHANGED), NOW_S)
    for witnessing in (mine, Witness(tmp_path / "state")):
        with pytest.raises(Refused, match="given up"):
            witnessing.watch(proof(4, 3, CHANGED), NOW_S)
        assert witness.check_inclusion(included(3), witnessing.keys, witnessing.retired)[0] == 0
    assert mine.size == 3


def test_a_retired_key_is_not_taken_up_again(mine: Witness, tmp_path: Path) -> None:
    mine.trust([NEW_KEY])
    mine.trust([OLD_KEY, NEW_KEY])
    for keys in ([OLD_KEY], [NEW_KEY, OLD_KEY]):
        with pytest.raises(Refused, match="given that key up"):
            mine.trust(keys)
    with pytest.raises(ValueError, match="empty"):
        mine.trust([])
    assert Witness(tmp_path / "state").watch(proof(3, 0, CHANGED), NOW_S)


def test_of_several_keys_only_the_last_signs_from_the_first_look_on(tmp_path: Path) -> None:
    late = Witness.create(tmp_path / "late", "auditor.example", [OLD_KEY, NEW_KEY])
    with pytest.raises(Refused, match="given up"):
        late.watch(proof(2, 0, CHANGED), NOW_S)
    assert late.watch(proof(3, 0, CHANGED), NOW_S)


def kept_by_an_older_version(state: Path, size: int) -> None:
    """It trusted both keys, retired none, and saw so many records last."""
    Witness.create(state, "auditor.example", [OLD_KEY])
    seen = json.loads((state / "seen.json").read_text())
    del seen["retired_keys"]
    root = merkle.root_of(CHANGED.leaves[:size]).hex()
    seen |= {"log_keys": [OLD_KEY, NEW_KEY], "size": str(size), "root": root, "note": CHANGED.notes[size]}
    (state / "seen.json").write_text(json.dumps(seen))


def test_what_an_older_version_kept_is_read_and_retires_what_signed_before_the_last_it_saw(tmp_path: Path) -> None:
    kept_by_an_older_version(tmp_path / "new", 3)
    with pytest.raises(Refused, match="given up"):
        Witness(tmp_path / "new").watch(proof(4, 3, CHANGED), NOW_S)
    kept_by_an_older_version(tmp_path / "old", 1)
    mine = Witness(tmp_path / "old")
    mine.watch(proof(2, 1, CHANGED), NOW_S)
    mine.watch(proof(3, 2, CHANGED), NOW_S)
    for witnessing in (mine, Witness(tmp_path / "old")):
        with pytest.raises(Refused, match="given up"):
            witnessing.watch(proof(4, 3, CHANGED), NOW_S)


def test_a_witness_is_never_begun_over_another(mine: Witness, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        Witness.create(tmp_path / "state", "again", [MadeLog().first_key])
    assert (tmp_path / "state" / "witness.key").stat().st_mode & 0o777 == 0o400


async def test_the_running_log_proves_itself_to_a_witness_until_an_old_backup_is_put_back(
    log: Log, tmp_path: Path
) -> None:
    await log.append(5)
    await log.seal_what_is_pending()
    mine = Witness.create(tmp_path / "state", "auditor", log.keys)
    async with log.connection() as conn:
        mine.watch(await consistency(conn, 0), NOW_S)
        old = mine.size
        await log.append(4)
        await log.seal_what_is_pending()
        mine.watch(await consistency(conn, mine.size), NOW_S)
        with pytest.raises(RecordRefused):
            await consistency(conn, mine.size + 1)
    await log.as_owner("DELETE FROM audit_record WHERE seq >= 7", "audit_record")
    await log.as_owner("DELETE FROM audit_checkpoint WHERE size > 7", "audit_checkpoint")
    async with log.connection() as conn:
        with pytest.raises(Refused):
            mine.watch(await consistency(conn, old), NOW_S)


async def test_every_record_of_the_running_log_can_be_proven_by_number_and_id(log: Log, tmp_path: Path) -> None:
    await log.append(6)
    await log.seal_what_is_pending()
    keys = [Key.of(key) for key in log.keys]
    async with log.connection() as conn:
        for seq, record_id, raw in await log.rows("SELECT seq, id::text, raw FROM audit_record"):
            for place in (str(seq), record_id):
                assert witness.check_inclusion(await inclusion(conn, place), keys) == (seq, raw)
        text = await inclusion(conn, "3")
        with pytest.raises(RecordRefused):
            await inclusion(conn, "99")
    lines = text.splitlines()
    assert lines[0] == INCLUSION
    lines[1] = "extra " + base64.b64encode(b"{}").decode()
    with pytest.raises(Refused):
        witness.check_inclusion("\n".join(lines) + "\n", keys)


def run(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", witness.__file__, "--state", str(state), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_asking_the_command_for_help_is_no_mistake(tmp_path: Path) -> None:
    assert run(tmp_path / "state", "--help").returncode == 0
    assert run(tmp_path / "state", "bogus").returncode == 3


def test_the_command_works_on_a_machine_without_the_product(tmp_path: Path) -> None:
    state, key, file = tmp_path / "w", tmp_path / "key", tmp_path / "proof"
    key.write_text(MadeLog().first_key)
    assert run(state, "size").returncode == 3
    assert run(state, "init", "--name", "auditor", "--log-key", str(key)).returncode == 0
    assert run(state, "init", "--name", "auditor", "--log-key", str(key)).returncode == 3
    assert run(state, "size").stdout == "0\n"
    file.write_text(proof(7, 0))
    assert run(state, "watch", str(file), "--out", str(tmp_path / "note")).returncode == 0
    assert (tmp_path / "note").read_text().count("\u2014 ") == 2
    file.write_text(proof(4, 0))
    refused = run(state, "watch", str(file))
    assert (refused.returncode, refused.stdout.startswith("REFUSED")) == (1, True)
    assert run(state, "size").stdout == "7\n"
    assert run(state, "nonsense").returncode == 3
    assert json.loads((state / "seen.json").read_text())["size"] == "7"
