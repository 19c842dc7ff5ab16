// The facts about a transaction: benchmarks/synth.py writes them from src/contract.py.
const written = process.env.TRANSACTION_CONTRACT;
if (!written) {
  throw new Error("TRANSACTION_CONTRACT is not set; run: python -m benchmarks run template");
}
module.exports = JSON.parse(written);
