/** Where the link in an invitation or a password's reset leads: the token stands behind `#` and goes to the API alone. */
import { call } from './api.js'
import { language } from './texts.js'

const texts = {
  title: { en: 'Set a password', ja: 'パスワードの設定' },
  label: { en: 'New password', ja: '新しいパスワード' },
  set: { en: 'Set', ja: '設定する' },
  on: { en: 'Sign in', ja: 'サインイン' },
  done: {
    en: 'The password is set. You can sign in with it now.',
    ja: 'パスワードを設定しました。サインインできます。',
  },
}
const at = (id) => document.querySelector(`#${id}`)
const say = (name) => texts[name][language()]

document.documentElement.lang = language()
document.title = say('title')
for (const name of ['title', 'label', 'set', 'on']) at(name).textContent = say(name)

const token = decodeURIComponent(location.hash.slice(1))

at('password-form').addEventListener('submit', async (event) => {
  event.preventDefault()
  at('set').disabled = true
  try {
    await call('POST', '/api/password-resets/finish', { token, password: at('password').value })
    at('password-form').hidden = true
    history.replaceState(null, '', location.pathname)
    at('message').textContent = say('done')
  } catch (problem) {
    at('message').textContent = problem.message
  } finally {
    at('set').disabled = false
  }
})
