const path = require('path')
const { DefinePlugin } = require('webpack')

module.exports = (env = {}) => ({
  entry: { main: env.entry || './src/index.js' },
  output: { path: env.out || path.resolve(__dirname, 'dist'), assetModuleFilename: 'assets/[name][ext]' },
  target: env.target || 'node',
  module: {
    rules: [
      { test: /\.css$/, use: ['style-loader', 'css-loader'] },
      { test: /\.txt$/, type: 'asset/source' },
      { test: /\.svg$/, type: env.target ? 'asset/resource' : 'asset/inline' },
    ],
  },
  plugins: [new DefinePlugin({ VERSION: JSON.stringify(env.version || '0') })],
})
