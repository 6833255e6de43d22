const resolve = { conditions: ['@roundtrip/source'] };

export default { resolve, ssr: { resolve }, test: { testTimeout: 60_000 } };
