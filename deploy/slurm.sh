#!/bin/bash
# Auspex on Slurm: one worker a task, who meet at the first node. The run folder must lie on a shared file
# system. Preempted or lost, the job is queued again and goes on from its newest checkpoint.
#
#   sbatch --nodes=4 slurm.sh runs/my-model        (a folder that `auspex train ... --dir` has begun)
#
# With the CUDA build, one worker for each GPU: --ntasks-per-node=8 --gres=gpu:8.
#
#SBATCH --job-name=auspex
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=TERM@60
set -euo pipefail

run=${1:?usage: sbatch slurm.sh RUN_FOLDER}

MASTER_ADDR=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
MASTER_PORT=$((20000 + SLURM_JOB_ID % 20000))
export MASTER_ADDR MASTER_PORT RUN="$run"
export TORCH_NCCL_BLOCKING_WAIT=1

code=0
srun --kill-on-bad-exit=1 bash -c '
  export RANK=$SLURM_PROCID WORLD_SIZE=$SLURM_NTASKS LOCAL_WORLD_SIZE=$SLURM_NTASKS_PER_NODE
  export LOCAL_RANK=$SLURM_LOCALID
  exec ./auspex train --resume "$RUN"
' || code=$?

# 130 and above: stopped or lost, everything resumable. Below: a mistake that would only come again.
if [ "$code" -ge 128 ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
