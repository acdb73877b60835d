/**
 * How the embedded server is set up: for two cores, a disk without moving parts, and money. What is durable stays
 * durable: fsync, full_page_writes and synchronous_commit are never touched.
 */
import { totalmem } from 'node:os'

const megabyte = 1024 * 1024

export function serverSettings(): Readonly<Record<string, string>> {
  return {
    listen_addresses: '127.0.0.1',
    // A path may be too long for a socket, and loopback measures the same.
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: `${sharedBuffersMb()}MB`,
    max_wal_size: '4GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    wal_compression: 'on',
    random_page_cost: '1.1',
    effective_io_concurrency: '32',
    // Short statements by the thousand: a parallel plan or compiling costs more than it brings, and parallel plans
    // need room in /dev/shm, of which containers have little.
    jit: 'off',
    max_parallel_workers_per_gather: '0',
    // The log must not become a second copy of what customers own: no statements, no values of rows.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
  }
}

/** An eighth of what this process may use, 32-512 MB. */
function sharedBuffersMb(): number {
  const limit = process.constrainedMemory()
  const usable = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return Math.max(32, Math.min(512, Math.floor(usable / megabyte / 8)))
}
